// Stands in for Galène: holds tokens, group files and the way by the portal to what Galène asks of them.
//
//	go run . verify --group maths.json --name maths < token
//	go run . serve --groups groups --listen 127.0.0.1:0
//
// The rules, by the numbers that the tests name:
//
// Rule 1: a token has three unpadded base64url parts. Its alg is a key's explicit alg: ES256 on P-256, RS256, HS256/384/512 with
// a secret as long as the hash.
//
// Rule 2: with kid, only keys of that very kid count; without, all of that alg. One malformed candidate refuses.
//
// Rule 3: exp is there, a number; exp, iat and nbf hold with 5 s of leeway.
//
// Rule 4: some entry of aud has the decoded path /group/NAME/, or a parent's with "include-subgroups": true; host and port count
// where there is a canonical host.
//
// Rule 5: sub is a username. permissions is absent, null or a list of texts, handed on as it stands.
//
// Rule 6: every refusal is "not authorised". A token is verified twice, the second time later.
//
// Rule 7: the page acts only on a non-empty ?token=, else it goes to the portal without a referrer; back without a token, it has
// failed. Fragments are ignored, the portal beats authServer, a missing slash is fixed by a 308 that drops the query.
//
// Rule 8: the page's Content-Security-Policy names the authServer and no other host. What is typed into the form goes there as
// {location, username, password}; only 200 with application/jwt and a body counts, 204 sends the password to Galène, all else refuses.
//
// Rule 9: PUT of a JWK set to a group's .keys replaces all its keys, for an administrator alone, and only where group files may be written.
//
// Rule 10: a join comes from the page's own origin, or from none.
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

// verdict is what the verify command prints: said is all that Galène would tell the person, why is for the tests.
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
