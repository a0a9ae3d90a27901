package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// leeway is Galène's tolerance for clock skew.
const leeway = 5 * time.Second

// group holds the parts of a group's file that the stand-in reads.
type group struct {
	AuthKeys   []jwk  `json:"authKeys"`
	AuthPortal string `json:"authPortal"`
	AuthServer string `json:"authServer"`
	Users      map[string]struct {
		Password    string `json:"password"`
		Permissions string `json:"permissions"`
	} `json:"users"`
}

func readGroup(folder fs.FS, name string) (group, error) {
	var read group
	text, err := fs.ReadFile(folder, name+".json")
	if err != nil {
		return read, err
	}
	return read, json.Unmarshal(text, &read)
}

// person is a person with a good token.
type person struct {
	Username    string   `json:"username"`
	Permissions []string `json:"permissions"`
}

// verify checks a token against rules 1 to 5. The error is only for the tests: people see "not authorised" (rule 6).
func verify(token string, keys []jwk, name, canonicalHost string, at time.Time) (person, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims,
		func(parsed *jwt.Token) (any, error) {
			alg, _ := parsed.Header["alg"].(string)
			kid, _ := parsed.Header["kid"].(string)
			found, err := candidates(keys, alg, kid)
			return jwt.VerificationKeySet{Keys: found}, err
		},
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return at }),
	)
	if err != nil {
		return person{}, err
	}
	if err := checkAudience(claims, name, canonicalHost); err != nil {
		return person{}, err
	}
	return personOf(claims)
}

// checkAudience checks that the token is for this group (rule 4).
func checkAudience(claims jwt.MapClaims, name, canonicalHost string) error {
	audience, err := claims.GetAudience()
	if err != nil {
		return err
	}
	below, _ := claims["include-subgroups"].(bool)
	for _, entry := range audience {
		address, err := url.Parse(entry)
		if err != nil || (canonicalHost != "" && !strings.EqualFold(address.Host, canonicalHost)) {
			continue
		}
		if audienceCovers(address.Path, "/group/"+name+"/", below) {
			return nil
		}
	}
	return fmt.Errorf("aud %q is for another group", audience)
}

func audienceCovers(stated, wanted string, below bool) bool {
	if stated == wanted {
		return true
	}
	return below && strings.HasPrefix(stated, "/group/") && strings.HasSuffix(stated, "/") && strings.HasPrefix(wanted, stated)
}

// personOf reads the username and the permissions (rule 5).
func personOf(claims jwt.MapClaims) (person, error) {
	sub, err := claims.GetSubject()
	if err != nil {
		return person{}, err
	}
	if sub == "" || strings.Contains(sub, `\`) || path.Clean("/"+sub) != "/"+sub {
		return person{}, fmt.Errorf("sub %q is not a username", sub)
	}
	came := person{Username: sub, Permissions: []string{}}
	stated := claims["permissions"]
	if stated == nil {
		return came, nil
	}
	list, ok := stated.([]any)
	if !ok {
		return person{}, errors.New("permissions is not a list")
	}
	for _, entry := range list {
		word, ok := entry.(string)
		if !ok {
			return person{}, errors.New("permissions is not a list of texts")
		}
		came.Permissions = append(came.Permissions, word)
	}
	return came, nil
}
