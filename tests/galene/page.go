package main

import (
	"embed"
	"encoding/json"
	"io/fs"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// server serves group pages, and lets people with a good token in.
type server struct {
	groups        fs.FS // read again at each request, as in Galène
	admin         administration
	canonicalHost string
	now           func() time.Time
}

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/galene-api/v0/.groups/"); ok {
		if group, ok := strings.CutSuffix(name, "/.keys"); ok {
			s.keys(w, r, group)
		} else {
			s.description(w, r, name)
		}
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/group/")
	if !ok {
		s.file(w, r)
		return
	}
	at := strings.LastIndex(rest, "/")
	if at < 0 || !(strings.HasSuffix(rest, "/") || strings.HasPrefix(rest[at:], "/.")) {
		// Rule 7: the query is dropped, and the token with it.
		w.Header().Set("Location", (&url.URL{Path: r.URL.Path + "/"}).EscapedPath())
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	name, action := rest[:at], rest[at+1:]
	found, err := readGroup(s.groups, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	switch action {
	case "":
		s.page(w, r, found)
	case ".status":
		location := url.URL{Scheme: "http", Host: r.Host, Path: "/group/" + name + "/"}
		answer(w, map[string]string{"name": name, "location": location.String(), "authPortal": found.AuthPortal, "authServer": found.AuthServer})
	case ".join":
		s.join(w, r, name, found)
	default:
		http.NotFound(w, r)
	}
}

func (s server) page(w http.ResponseWriter, r *http.Request, found group) {
	// Rule 8: the authorisation server is the only other host that the page may contact.
	connect := strings.TrimSpace(found.AuthServer + " ws: wss: 'self'")
	w.Header().Set("Content-Security-Policy", "connect-src "+connect+"; default-src 'self'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.ServeFileFS(w, r, pageFiles, "page/group.html")
}

func (s server) file(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	name := "page" + r.URL.Path
	if r.URL.Path == "/" {
		name = "page/root.html"
	}
	http.ServeFileFS(w, r, pageFiles, name)
}

// join takes the place of Galène's WebSocket: a page sends the token twice, first to test it and then to enter.
func (s server) join(w http.ResponseWriter, r *http.Request, name string, found group) {
	if r.Method != http.MethodPost {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if !ownOrigin(r) {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	var asked struct {
		Token    string  `json:"token"`
		Username *string `json:"username"`
		Password string  `json:"password"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if asked.Username != nil {
		// Rule 8: after a 204, the page sends the password here, for the group's own users.
		if user, ok := found.Users[*asked.Username]; ok && user.Password == asked.Password {
			answer(w, person{Username: *asked.Username, Permissions: []string{user.Permissions}})
			return
		}
		http.Error(w, notAuthorised, http.StatusForbidden)
		return
	}
	came, err := verify(asked.Token, found.AuthKeys, name, s.canonicalHost, s.now())
	if err != nil {
		log.Printf("join %s: %v", name, err)
		http.Error(w, notAuthorised, http.StatusForbidden) // rule 6
		return
	}
	answer(w, came)
}

// ownOrigin implements rule 10: Galène's own host, or no origin.
func ownOrigin(r *http.Request) bool {
	stated := r.Header.Get("Origin")
	if stated == "" {
		return true
	}
	origin, err := url.Parse(stated)
	return err == nil && strings.EqualFold(origin.Host, r.Host)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}
