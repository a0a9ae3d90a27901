package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// administration holds the settings of the administration API, as in Galène's config.json.
type administration struct {
	username, password string // of the only administrator; empty if there is none
	folder             string // where group files are written; empty without writableGroups
}

// errNotWritable means that writableGroups is not set.
var errNotWritable = errors.New("group files are not writable")

// keys implements rule 9: a PUT replaces all keys of a group.
func (s server) keys(w http.ResponseWriter, r *http.Request, name string) {
	found, err := readGroup(s.groups, name)
	missing := errors.Is(err, fs.ErrNotExist)
	if !s.isAdmin(r, name, found) {
		w.Header().Set("WWW-Authenticate", `basic realm="/galene-api/"`)
		http.Error(w, "unauthorised", http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodPut {
		w.Header().Set("Allow", "PUT")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/jwk-set+json" {
		http.Error(w, "unsupported content type", http.StatusUnsupportedMediaType)
		return
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&set); err != nil {
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	for _, key := range set.Keys {
		alg, _ := key["alg"].(string)
		// Galène skips an unknown key in a file; here it is fatal.
		if _, err := key.parse(alg); err != nil {
			log.Printf("keys of %s: %v", name, err)
			http.Error(w, "internal server error", http.StatusInternalServerError)
			return
		}
	}
	if missing {
		http.NotFound(w, r)
		return
	}
	switch err := s.write(name, set.Keys); {
	case errors.Is(err, errNotWritable):
		http.Error(w, "not authorised", http.StatusUnauthorized)
	case err != nil:
		http.Error(w, "internal server error", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// description answers an administrator's GET of a group's file. Credentials come first, as in Galène's webserver/api.go.
func (s server) description(w http.ResponseWriter, r *http.Request, name string) {
	found, err := readGroup(s.groups, name)
	if !s.isAdmin(r, name, found) {
		w.Header().Set("WWW-Authenticate", `basic realm="/galene-api/"`)
		http.Error(w, "unauthorised", http.StatusUnauthorized)
		return
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{}"))
}

// isAdmin accepts the administrator with Basic authentication, and a token with the permission "admin" for this group.
func (s server) isAdmin(r *http.Request, name string, found group) bool {
	if username, password, ok := r.BasicAuth(); ok {
		return s.admin.username != "" && username == s.admin.username && password == s.admin.password
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	came, err := verify(token, found.AuthKeys, name, s.canonicalHost, s.now())
	return err == nil && slices.Contains(came.Permissions, "admin")
}

// write replaces only the keys in the group's file.
func (s server) write(name string, keys []jwk) error {
	if s.admin.folder == "" {
		return errNotWritable
	}
	text, err := fs.ReadFile(s.groups, name+".json")
	if err != nil {
		return err
	}
	all := map[string]any{}
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	all["authKeys"] = keys
	changed, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.admin.folder, filepath.FromSlash(name)+".json"), changed, 0o600)
}
