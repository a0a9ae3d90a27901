package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	now       = time.Unix(1_800_000_000, 0)
	signer, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	other, _  = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	secret    = []byte(strings.Repeat("s", 32))
)

func public(key *ecdsa.PrivateKey, kid string) jwk {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	made := jwk{"kty": "EC", "crv": "P-256", "alg": "ES256", "x": b64(point[1:33]), "y": b64(point[33:])}
	if kid != "" {
		made["kid"] = kid
	}
	return made
}

func b64(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// claimsWith returns good claims with these changes; a nil value removes a claim.
func claimsWith(changed jwt.MapClaims) jwt.MapClaims {
	claims := jwt.MapClaims{
		"iss": "https://auth.example.org", "sub": "alice", "aud": "https://galene.example.org:8443/group/maths/",
		"iat": now.Unix(), "exp": now.Unix() + 120, "permissions": []string{"op", "present"},
	}
	maps.Copy(claims, changed)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

func signed(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims, kid any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != nil {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func signedByKnownKey(t *testing.T, changed jwt.MapClaims) string {
	return signed(t, jwt.SigningMethodES256, signer, claimsWith(changed), "k1")
}

func check(token string) (person, error) {
	return verify(token, []jwk{public(signer, "k1")}, "maths", "", now)
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("let in: %s", what)
	}
}

func accepted(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("refused: %s: %v", what, err)
	}
}

func TestAGoodTokenLetsInWithItsNameAndPermissions(t *testing.T) {
	came, err := check(signedByKnownKey(t, nil))
	if err != nil || came.Username != "alice" || !slices.Equal(came.Permissions, []string{"op", "present"}) {
		t.Fatalf("%+v %v", came, err)
	}
}

func TestRule1ATokenIsThreeUnpaddedBase64urlParts(t *testing.T) {
	good := signedByKnownKey(t, nil)
	parts := strings.Split(good, ".")
	for _, token := range []string{"", "a.b", parts[0] + "." + parts[1], good + ".AA", good + "==", strings.Replace(good, ".", ".*", 1), "null"} {
		_, err := check(token)
		refused(t, token, err)
	}
}

func TestRule1AChangedTokenOrAnotherSignerIsRefused(t *testing.T) {
	parts := strings.Split(signedByKnownKey(t, nil), ".")
	claims, _ := json.Marshal(claimsWith(jwt.MapClaims{"sub": "root"}))
	_, err := check(parts[0] + "." + b64(claims) + "." + parts[2])
	refused(t, "changed", err)
	_, err = check(signed(t, jwt.SigningMethodES256, other, claimsWith(nil), "k1"))
	refused(t, "another signer", err)
}

func TestRule1AlgMustBeTheExplicitAlgOfTheKey(t *testing.T) {
	point := public(signer, "k1")
	noAlg := maps.Clone(point)
	delete(noAlg, "alg")
	text, _ := json.Marshal(point)
	for what, token := range map[string]string{
		"none":                    signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claimsWith(nil), "k1"),
		"HS256 by the public key": signed(t, jwt.SigningMethodHS256, text, claimsWith(nil), "k1"),
		"HS256 by its x":          signed(t, jwt.SigningMethodHS256, []byte(point["x"].(string)), claimsWith(nil), nil),
	} {
		_, err := check(token)
		refused(t, what, err)
	}
	_, err := verify(signedByKnownKey(t, nil), []jwk{noAlg}, "maths", "", now)
	refused(t, "a key without alg", err)
	curve := maps.Clone(point)
	curve["crv"] = "P-384"
	_, err = verify(signedByKnownKey(t, nil), []jwk{curve}, "maths", "", now)
	refused(t, "a key that names another curve", err)
	wrong := maps.Clone(point)
	wrong["alg"] = "HS256"
	_, err = verify(signedByKnownKey(t, nil), []jwk{wrong}, "maths", "", now)
	refused(t, "a key with another alg", err)
}

func TestRule1TheSupportedKeyTypes(t *testing.T) {
	big2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	modulus := jwk{"kty": "RSA", "alg": "RS256", "n": b64(big2048.N.Bytes()), "e": b64(big.NewInt(int64(big2048.E)).Bytes())}
	_, err = verify(signed(t, jwt.SigningMethodRS256, big2048, claimsWith(nil), nil), []jwk{modulus}, "maths", "", now)
	accepted(t, "RS256", err)
	for method, length := range map[*jwt.SigningMethodHMAC]int{jwt.SigningMethodHS256: 32, jwt.SigningMethodHS384: 48, jwt.SigningMethodHS512: 64} {
		for _, size := range []int{length - 1, length, length + 1} {
			k := []byte(strings.Repeat("k", size))
			_, err := verify(signed(t, method, k, claimsWith(nil), nil), []jwk{{"kty": "oct", "alg": method.Name, "k": b64(k)}}, "maths", "", now)
			if size == length {
				accepted(t, method.Name, err)
			} else {
				refused(t, method.Name+" with another length", err)
			}
		}
	}
	wide, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, err = verify(signed(t, jwt.SigningMethodES384, wide, claimsWith(nil), nil), []jwk{{"kty": "EC", "crv": "P-384", "alg": "ES384"}}, "maths", "", now)
	refused(t, "ES384", err)
}

func TestRule2WithAKidOnlyThatKeyCounts(t *testing.T) {
	for what, keys := range map[string][]jwk{
		"another kid": {public(signer, "k2")}, "no kid": {public(signer, "")}, "that kid on another key": {public(other, "k1"), public(signer, "k2")},
	} {
		_, err := verify(signedByKnownKey(t, nil), keys, "maths", "", now)
		refused(t, what, err)
	}
	_, err := verify(signedByKnownKey(t, nil), []jwk{public(other, "k0"), public(signer, "k1")}, "maths", "", now)
	accepted(t, "beside another key", err)
}

func TestRule2WithoutAKidEachKeyOfTheAlgCounts(t *testing.T) {
	token := signed(t, jwt.SigningMethodES256, signer, claimsWith(nil), nil)
	_, err := verify(token, []jwk{public(other, "k0"), public(signer, "k1")}, "maths", "", now)
	accepted(t, "the second key made it", err)
	_, err = verify(token, []jwk{public(other, "k0")}, "maths", "", now)
	refused(t, "none of the keys made it", err)
}

func TestRule2OneMalformedCandidateRefusesButAnotherAlgIsSkipped(t *testing.T) {
	token := signed(t, jwt.SigningMethodES256, signer, claimsWith(nil), nil)
	good := public(signer, "k1")
	offCurve := maps.Clone(good)
	offCurve["x"] = good["y"]
	_, err := verify(token, []jwk{good, offCurve}, "maths", "", now)
	refused(t, "a point off the curve", err)
	_, err = verify(token, []jwk{good, {"kty": "EC", "crv": "P-256", "alg": "ES256"}}, "maths", "", now)
	refused(t, "no point", err)
	_, err = verify(token, []jwk{good, {"kty": "OKP", "alg": "EdDSA"}, {"kty": "oct", "alg": "HS256", "k": b64(secret)}}, "maths", "", now)
	accepted(t, "beside keys of another alg", err)
}

func TestRule3ExpIsARequiredNumberWithFiveSecondsOfLeeway(t *testing.T) {
	for _, exp := range []any{nil, "1800000120", now.Unix() - 6, 0} {
		_, err := check(signedByKnownKey(t, jwt.MapClaims{"exp": exp}))
		refused(t, "exp", err)
	}
	_, err := check(signedByKnownKey(t, jwt.MapClaims{"exp": now.Unix() - 4}))
	accepted(t, "four seconds late", err)
}

func TestRule3IatAndNbfAreOptionalWithFiveSecondsOfLeeway(t *testing.T) {
	for _, claim := range []string{"iat", "nbf"} {
		_, err := check(signedByKnownKey(t, jwt.MapClaims{claim: now.Unix() + 6}))
		refused(t, claim+" in the future", err)
		_, err = check(signedByKnownKey(t, jwt.MapClaims{claim: "1800000000"}))
		refused(t, claim+" as text", err)
		_, err = check(signedByKnownKey(t, jwt.MapClaims{claim: now.Unix() + 4}))
		accepted(t, claim+" four seconds ahead", err)
		_, err = check(signedByKnownKey(t, jwt.MapClaims{claim: nil}))
		accepted(t, "no "+claim, err)
	}
}

func TestRule4AudMustBeTheGroupsAddress(t *testing.T) {
	const host = "https://galene.example.org:8443"
	for _, aud := range []any{
		nil, "", "maths", host, host + "/group/maths", host + "/group/maths/x/", host + "/group/physics/", host + "/group/maths/.status",
		host + "/vestibule/?group=maths", host + "/prefix/group/maths/", host + "/group/Maths/", []any{}, []any{7}, 7,
	} {
		_, err := check(signedByKnownKey(t, jwt.MapClaims{"aud": aud}))
		refused(t, "aud", err)
	}
	for _, aud := range []any{
		host + "/group/maths/", "http://elsewhere/group/maths/", host + "/group/m%61ths/", host + "/group/maths/?x#y", []any{"https://x", host + "/group/maths/"},
	} {
		_, err := check(signedByKnownKey(t, jwt.MapClaims{"aud": aud}))
		accepted(t, "aud", err)
	}
}

func TestRule4ANestedOrEncodedNameIsComparedDecoded(t *testing.T) {
	keys := []jwk{public(signer, "k1")}
	for name, path := range map[string]string{"deep/room": "deep/room", "salle é": "salle%20%C3%A9"} {
		_, err := verify(signedByKnownKey(t, jwt.MapClaims{"aud": "https://g/group/" + path + "/"}), keys, name, "", now)
		accepted(t, name, err)
	}
}

func TestRule4AParentCountsOnlyWithTheBooleanIncludeSubgroups(t *testing.T) {
	keys := []jwk{public(signer, "k1")}
	enter := func(path string, include any) error {
		_, err := verify(signedByKnownKey(t, jwt.MapClaims{"aud": "https://g" + path, "include-subgroups": include}), keys, "maths/algebra", "", now)
		return err
	}
	accepted(t, "the parent", enter("/group/maths/", true))
	accepted(t, "every group", enter("/group/", true))
	accepted(t, "itself", enter("/group/maths/algebra/", true))
	for _, include := range []any{nil, false, "true", 1} {
		refused(t, "the parent without it", enter("/group/maths/", include))
	}
	refused(t, "half a name", enter("/group/mat", true))
	refused(t, "no slash", enter("/group/maths", true))
	refused(t, "a sibling", enter("/group/physics/", true))
	refused(t, "the root", enter("/", true))
}

func TestRule4WithACanonicalHostTheHostAndPortMustMatch(t *testing.T) {
	enter := func(aud any, host string) error {
		_, err := verify(signedByKnownKey(t, jwt.MapClaims{"aud": aud}), []jwk{public(signer, "k1")}, "maths", host, now)
		return err
	}
	accepted(t, "the same", enter("https://galene.example.org:8443/group/maths/", "galene.example.org:8443"))
	accepted(t, "in capitals, without TLS", enter("http://GALENE.example.org:8443/group/maths/", "galene.example.org:8443"))
	refused(t, "another port", enter("https://galene.example.org/group/maths/", "galene.example.org:8443"))
	refused(t, "another host", enter("https://evil.example:8443/group/maths/", "galene.example.org:8443"))
	refused(t, "host and path from two entries", enter([]any{"https://evil.example/group/maths/", "https://galene.example.org:8443/group/x/"}, "galene.example.org:8443"))
}

func TestRule5SubMustBeAUsername(t *testing.T) {
	for _, sub := range []any{nil, "", 7, `DOMAIN\alice`, "/alice", "alice/", "a//b", ".", "..", "a/../b", "a/./b"} {
		_, err := check(signedByKnownKey(t, jwt.MapClaims{"sub": sub}))
		refused(t, "sub", err)
	}
	for _, sub := range []string{"alice", "alice@example.edu", "Zoë Ångström", "staff/alice"} {
		came, err := check(signedByKnownKey(t, jwt.MapClaims{"sub": sub}))
		accepted(t, sub, err)
		if came.Username != sub {
			t.Errorf("%q came as %q", sub, came.Username)
		}
	}
}

func TestRule5PermissionsAreAListOfTextsThatIsPassedOnUnchanged(t *testing.T) {
	for _, wrong := range []any{"op", 7, map[string]bool{"op": true}, []any{"op", 7}, []any{nil}} {
		_, err := check(signedByKnownKey(t, jwt.MapClaims{"permissions": wrong}))
		refused(t, "permissions", err)
	}
	claims := claimsWith(nil)
	claims["permissions"] = nil
	for _, token := range []string{signedByKnownKey(t, jwt.MapClaims{"permissions": nil}), signed(t, jwt.SigningMethodES256, signer, claims, "k1")} {
		came, err := check(token)
		accepted(t, "absent or null", err)
		if len(came.Permissions) != 0 {
			t.Error(came.Permissions)
		}
	}
	came, err := check(signedByKnownKey(t, jwt.MapClaims{"permissions": []string{"op", "observe", "made up", "op"}}))
	if err != nil || !slices.Equal(came.Permissions, []string{"op", "observe", "made up", "op"}) {
		t.Error(came, err)
	}
}
