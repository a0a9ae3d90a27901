package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// standIn serves groups with a portal and an authServer, at the time that the test sets.
func standIn(t *testing.T, clock *time.Time) *httptest.Server {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"authKeys": []jwk{public(signer, "k1")}, "authPortal": "https://auth.example.org/auth/galene?room=maths", "authServer": "https://auth.example.org/auth/galene",
	})
	if err != nil {
		t.Fatal(err)
	}
	groups := fstest.MapFS{"maths.json": {Data: text}, "deep/room.json": {Data: text}, "salle é.json": {Data: text}}
	running := httptest.NewServer(server{groups: groups, now: func() time.Time { return *clock }})
	t.Cleanup(running.Close)
	return running
}

func ask(t *testing.T, method, address, origin, body string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		request.Header.Set("Origin", origin)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func tokenBody(t *testing.T, token string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRule6EveryRefusalIsNotAuthorised(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	for _, token := range []string{
		"", "a.b.c", signedByKnownKey(t, jwt.MapClaims{"exp": now.Unix() - 60}), signedByKnownKey(t, jwt.MapClaims{"aud": "https://x/"}), signedByKnownKey(t, jwt.MapClaims{"sub": ""}),
		signed(t, jwt.SigningMethodES256, other, claimsWith(nil), "k1"),
	} {
		answer, text := ask(t, "POST", running.URL+"/group/maths/.join", "", tokenBody(t, token))
		if answer.StatusCode != http.StatusForbidden || strings.TrimSpace(text) != notAuthorised {
			t.Error(answer.StatusCode, text)
		}
	}
}

func TestRule6TheSecondVerificationChecksTheTimeAgain(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	body := tokenBody(t, signedByKnownKey(t, nil))
	for _, step := range []struct{ later, status int }{{0, 200}, {124, 200}, {126, 403}} {
		clock = now.Add(time.Duration(step.later) * time.Second)
		if answer, text := ask(t, "POST", running.URL+"/group/maths/.join", "", body); answer.StatusCode != step.status {
			t.Error(step, answer.StatusCode, text)
		}
	}
}

func TestRule7AMissingSlashDropsTheQuery(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	for asked, to := range map[string]string{"/group/maths?token=x": "/group/maths/", "/group/deep/room?token=x": "/group/deep/room/", "/group/salle%20%C3%A9?token=x": "/group/salle%20%C3%A9/"} {
		answer, _ := ask(t, "GET", running.URL+asked, "", "")
		if answer.StatusCode != http.StatusPermanentRedirect || answer.Header.Get("Location") != to {
			t.Error(asked, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
}

func TestRule7ThePageSendsNoReferrerAndLearnsThePortalFromTheStatus(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	for _, path := range []string{"/group/maths/", "/group/deep/room/?token=x", "/group/salle%20%C3%A9/", "/group.js"} {
		answer, _ := ask(t, "GET", running.URL+path, "", "")
		if answer.StatusCode != 200 || answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error(path, answer.StatusCode, answer.Header)
		}
	}
	_, text := ask(t, "GET", running.URL+"/group/maths/.status", "", "")
	if !strings.Contains(text, `"authPortal":"https://auth.example.org/auth/galene?room=maths"`) {
		t.Error(text)
	}
}

func TestRule7AnUnknownGroupIsNotFound(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	for _, path := range []string{"/group/none/", "/group/none/.status", "/group/maths/.other", "/group/..%2Fmaths/"} {
		if answer, _ := ask(t, "GET", running.URL+path, "", ""); answer.StatusCode != http.StatusNotFound {
			t.Error(path, answer.StatusCode)
		}
	}
}

func TestRule8ThePageMayContactOnlyTheAuthServer(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	answer, _ := ask(t, "GET", running.URL+"/group/maths/", "", "")
	if policy := answer.Header.Get("Content-Security-Policy"); policy != "connect-src https://auth.example.org/auth/galene ws: wss: 'self'; default-src 'self'" {
		t.Error(policy)
	}
}

func TestRule10AJoinHasThePagesOwnOriginOrNone(t *testing.T) {
	clock := now
	running := standIn(t, &clock)
	own, err := url.Parse(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	body := tokenBody(t, signedByKnownKey(t, nil))
	for origin, status := range map[string]int{"": 200, running.URL: 200, "https://" + own.Host: 200, "https://evil.example": 403, "http://" + own.Hostname(): 403, "null": 403} {
		if answer, _ := ask(t, "POST", running.URL+"/group/maths/.join", origin, body); answer.StatusCode != status {
			t.Error(origin, answer.StatusCode)
		}
	}
}
