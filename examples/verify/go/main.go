// Verify checks a Vestibule token with golang-jwt and keyfunc.  go run . --broker … --audience …
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// verify gives the claims of a good token, and an error for any other. Keep keys: it caches and refreshes them.
func verify(token, broker, audience, nonce string, keys keyfunc.Keyfunc) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token, claims, keys.Keyfunc,
		jwt.WithValidMethods([]string{"ES256"}), // RFC 8725 §3.1: never taken from the token
		jwt.WithIssuer(broker),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(5*time.Second),
		jwt.WithStrictDecoding(),
	)
	if err != nil {
		return nil, err
	}
	// RFC 8725 §3.11: a token of another kind is not a login.
	if parsed.Header["typ"] != "login+jwt" {
		return nil, errors.New("typ is not login+jwt")
	}
	// golang-jwt takes a list that holds the audience, too; Vestibule sends one string.
	if claims["aud"] != audience {
		return nil, errors.New("aud is another")
	}
	if _, ok := claims["iat"].(float64); !ok {
		return nil, errors.New("iat is missing")
	}
	if nonce != "" && claims["nonce"] != nonce {
		return nil, errors.New("nonce is another")
	}
	return claims, nil
}

func main() {
	broker := flag.String("broker", "", "Vestibule's address, without a slash at its end")
	audience := flag.String("audience", "", "your registered location")
	nonce := flag.String("nonce", "", "the nonce of this sign-in")
	flag.Parse()
	if *broker == "" || *audience == "" {
		flag.Usage()
		os.Exit(2)
	}
	claims, err := run(*broker, *audience, *nonce)
	if err != nil {
		fmt.Fprintln(os.Stderr, strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
	fmt.Println(claims)
}

func run(broker, audience, nonce string) (string, error) {
	token, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", err
	}
	keys, err := keyfunc.NewDefault([]string{broker + "/.well-known/jwks.json"})
	if err != nil {
		return "", err
	}
	claims, err := verify(strings.TrimSpace(string(token)), broker, audience, nonce, keys)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(claims)
	return string(text), err
}
