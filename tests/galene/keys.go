package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// jwk is one entry of a group's authKeys, as in the file.
type jwk map[string]any

// candidates returns the keys that can have signed a token with this alg and kid (rules 1 and 2).
func candidates(keys []jwk, alg, kid string) ([]jwt.VerificationKey, error) {
	var found []jwt.VerificationKey
	for _, key := range keys {
		if key["alg"] != alg || (kid != "" && key["kid"] != kid) {
			continue
		}
		parsed, err := key.parse(alg)
		if err != nil {
			return nil, fmt.Errorf("a malformed key among the candidates: %w", err)
		}
		found = append(found, parsed)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no key with alg %q and kid %q", alg, kid)
	}
	return found, nil
}

// parse supports what Galène supports: ES256 on P-256, RS256, and HMAC with a secret as long as the hash.
func (key jwk) parse(alg string) (jwt.VerificationKey, error) {
	lengths := map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}
	switch {
	case alg == "ES256" && key["kty"] == "EC" && key["crv"] == "P-256":
		return key.point()
	case alg == "RS256" && key["kty"] == "RSA":
		return key.modulus()
	case lengths[alg] > 0 && key["kty"] == "oct":
		secret, err := key.bytes("k")
		if err == nil && len(secret) != lengths[alg] {
			err = fmt.Errorf("%d bytes for %s", len(secret), alg)
		}
		return secret, err
	}
	return nil, fmt.Errorf("kty %v with alg %s", key["kty"], alg)
}

func (key jwk) point() (*ecdsa.PublicKey, error) {
	x, err := key.bytes("x")
	if err != nil {
		return nil, err
	}
	y, err := key.bytes("y")
	if err != nil {
		return nil, err
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
}

func (key jwk) modulus() (*rsa.PublicKey, error) {
	n, err := key.bytes("n")
	if err != nil {
		return nil, err
	}
	e, err := key.bytes("e")
	if err != nil {
		return nil, err
	}
	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || exponent.Int64() > 1<<31-1 {
		return nil, errors.New("e is too large")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
}

func (key jwk) bytes(member string) ([]byte, error) {
	text, ok := key[member].(string)
	if !ok {
		return nil, fmt.Errorf("%s is not text", member)
	}
	return base64.RawURLEncoding.DecodeString(text)
}
