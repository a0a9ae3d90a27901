// A stand-in for Galène: it checks tokens, group files and the way through the portal as Galène does.
//
//	go run . verify --group maths.json --name maths < token
//	go run . serve --groups groups --listen 127.0.0.1:0
//
// The rules, with the numbers that the tests use:
//
// Rule 1: a token has three unpadded base64url parts. Its alg is a key's explicit alg: ES256 on P-256, RS256, HS256/384/512 with
// a secret as long as the hash.
//
// Rule 2: with a kid, only keys with that kid count; without one, all keys of that alg. One malformed candidate refuses the token.
//
// Rule 3: exp is required and a number; exp, iat and nbf are checked with 5 s of leeway.
//
// Rule 4: an entry of aud has the decoded path /group/NAME/, or a parent's with "include-subgroups": true. With a canonical
// host, host and port must match too.
//
// Rule 5: sub is a username. permissions is absent, null or a list of texts, which is passed on unchanged.
//
// Rule 6: every refusal is "not authorised". A token is verified twice: when the page opens, and when the person joins.
//
// Rule 7: the page acts only on a non-empty ?token=; otherwise it goes to the portal without a referrer. If it returns without a
// token, it fails. Fragments are ignored, the portal has precedence over authServer, and a 308 adds a missing slash but drops the query.
//
// Rule 8: the page's Content-Security-Policy names the authServer and no other host. The form's content goes there as {location,
// username, password}. Only 200 with application/jwt and a body succeeds, 204 sends the password to Galène, and all else refuses.
//
// Rule 9: a PUT of a JWK set to a group's .keys replaces all its keys, only for an administrator, and only if group files are writable.
//
// Rule 10: a join has the page's own origin, or no origin.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const notAuthorised = "not authorised"

func main() {
	commands := map[string]func([]string) error{"verify": verifyCommand, "serve": serveCommand}
	var command func([]string) error
	if len(os.Args) > 1 {
		command = commands[os.Args[1]]
	}
	if command == nil {
		fmt.Fprintln(os.Stderr, "verify --group FILE --name NAME [--canonical-host HOST] [--at SECONDS] < token\nserve --groups FOLDER [--listen ADDRESS] [--canonical-host HOST] [--admin NAME:PASSWORD] [--writable]")
		os.Exit(2)
	}
	if err := command(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// verdict is the output of the verify command: Said is what Galène would show the person, Why is for the tests.
type verdict struct {
	OK bool `json:"ok"`
	*person
	Said string `json:"said,omitempty"`
	Why  string `json:"why,omitempty"`
}

func verifyCommand(arguments []string) error {
	flags := flag.NewFlagSet("verify", flag.ExitOnError)
	file := flags.String("group", "", "the group's file")
	name := flags.String("name", "", "the group's name")
	host := flags.String("canonical-host", "", "as in Galène's config.json")
	at := flags.Int64("at", time.Now().Unix(), "the time, in seconds since 1970")
	_ = flags.Parse(arguments)
	read, err := readGroup(os.DirFS(filepath.Dir(*file)), strings.TrimSuffix(filepath.Base(*file), ".json"))
	if err != nil {
		return err
	}
	token, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	came, err := verify(strings.TrimSpace(string(token)), read.AuthKeys, *name, *host, time.Unix(*at, 0))
	if err != nil {
		return json.NewEncoder(os.Stdout).Encode(verdict{Said: notAuthorised, Why: err.Error()})
	}
	return json.NewEncoder(os.Stdout).Encode(verdict{OK: true, person: &came})
}

func serveCommand(arguments []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	groups := flags.String("groups", "groups", "the folder of the group files")
	listen := flags.String("listen", "127.0.0.1:0", "where to listen")
	host := flags.String("canonical-host", "", "as in Galène's config.json")
	named := flags.String("admin", "", "the name and password of an administrator")
	writable := flags.Bool("writable", false, "as writableGroups in Galène's config.json")
	_ = flags.Parse(arguments)
	var admin administration
	admin.username, admin.password, _ = strings.Cut(*named, ":")
	if *writable {
		admin.folder = *groups
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	return http.Serve(listener, server{groups: os.DirFS(*groups), admin: admin, canonicalHost: *host, now: time.Now})
}
