package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// serveAdministered serves a folder with the groups maths and deep/room, whose keys the user root may change.
func serveAdministered(t *testing.T, folder string) *httptest.Server {
	t.Helper()
	groups := t.TempDir()
	if err := os.Mkdir(filepath.Join(groups, "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"authKeys": []jwk{public(signer, "k1")}, "authServer": "https://auth.example.org/auth/galene"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"maths", "physics", "deep/room"} {
		if err := os.WriteFile(filepath.Join(groups, name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	admin := administration{username: "root", password: "rootpw"}
	if folder != "" {
		admin.folder = groups
	}
	running := httptest.NewServer(server{groups: os.DirFS(groups), admin: admin, now: func() time.Time { return now }})
	t.Cleanup(running.Close)
	return running
}

func put(t *testing.T, address, kind, body string, who func(*http.Request)) *http.Response {
	t.Helper()
	request, err := http.NewRequest("PUT", address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	who(request)
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}

func root(request *http.Request) { request.SetBasicAuth("root", "rootpw") }

func keySet(t *testing.T, keys ...jwk) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const jwkSet = "application/jwk-set+json"

func TestRule9APushReplacesAllKeysFromTheNextJoinOn(t *testing.T) {
	running := serveAdministered(t, "writable")
	body := tokenBody(t, signedByKnownKey(t, nil))
	join := running.URL + "/group/maths/.join"
	if answer, text := ask(t, "POST", join, "", body); answer.StatusCode != 200 {
		t.Fatal(answer.StatusCode, text)
	}
	keys := running.URL + "/galene-api/v0/.groups/maths/.keys"
	for _, step := range []struct {
		keys         []jwk
		status, join int
	}{
		{[]jwk{public(other, "k2")}, 204, 403},
		{[]jwk{public(other, "k2"), public(signer, "k1")}, 204, 200},
		{[]jwk{{"kty": "OKP", "alg": "EdDSA", "crv": "Ed25519", "x": "AA", "kid": "k3"}}, 500, 200},
		{[]jwk{}, 204, 403},
	} {
		if answer := put(t, keys, jwkSet, keySet(t, step.keys...), root); answer.StatusCode != step.status {
			t.Error(answer.StatusCode, step)
		}
		if answer, _ := ask(t, "POST", join, "", body); answer.StatusCode != step.join {
			t.Error(answer.StatusCode, step)
		}
	}
}

func TestRule9OnlyAdministratorsPushOnlyValidKeySets(t *testing.T) {
	running := serveAdministered(t, "writable")
	api := running.URL + "/galene-api/v0/.groups/"
	good := keySet(t, public(signer, "k1"))
	nobody := func(*http.Request) {}
	wrong := func(request *http.Request) { request.SetBasicAuth("root", "wrong") }
	bearer := func(request *http.Request) {
		request.Header.Set("Authorization", "Bearer "+signedByKnownKey(t, jwt.MapClaims{"permissions": []string{"admin"}}))
	}
	for _, step := range []struct {
		path, kind string
		who        func(*http.Request)
		status     int
	}{
		{"maths/.keys", jwkSet, root, 204},
		{"deep/room/.keys", jwkSet, root, 204},
		{"deep%2Froom/.keys", jwkSet, root, 204},
		{"maths/.keys", "application/json", root, 415},
		{"none/.keys", jwkSet, root, 404},
		{"maths/.keys", jwkSet, nobody, 401},
		{"maths/.keys", jwkSet, wrong, 401},
		{"maths/.keys", jwkSet, bearer, 204},
		{"physics/.keys", jwkSet, bearer, 401},
	} {
		if answer := put(t, api+step.path, step.kind, good, step.who); answer.StatusCode != step.status {
			t.Error(answer.StatusCode, step.path, step.status)
		}
	}
	request, err := http.NewRequest("GET", api+"maths/.keys", nil)
	if err != nil {
		t.Fatal(err)
	}
	root(request)
	if answer, err := http.DefaultTransport.RoundTrip(request); err != nil || answer.StatusCode != http.StatusMethodNotAllowed {
		t.Error(answer, err)
	}
}

func TestRule9WithoutWritableGroupsAPushIs401WithoutAChallenge(t *testing.T) {
	running := serveAdministered(t, "")
	keys := running.URL + "/galene-api/v0/.groups/maths/.keys"
	answer := put(t, keys, jwkSet, keySet(t, public(signer, "k1")), root)
	if answer.StatusCode != 401 || answer.Header.Get("WWW-Authenticate") != "" {
		t.Error(answer.StatusCode, answer.Header)
	}
	answer = put(t, keys, jwkSet, keySet(t, public(signer, "k1")), func(*http.Request) {})
	if answer.StatusCode != 401 || answer.Header.Get("WWW-Authenticate") == "" {
		t.Error(answer.StatusCode, answer.Header)
	}
}
