// An API of notes.
package main

import (
	"cmp"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"sync"
)

var (
	notes = map[string][]string{}
	mutex sync.Mutex
)

func main() {
	p := protection{
		issuer:       cmp.Or(os.Getenv("ISSUER"), "http://localhost:5001"),
		resource:     "http://localhost:5050",
		clientID:     "notes-api",
		clientSecret: os.Getenv("SECRET"),
	}
	http.HandleFunc("GET /notes", p.user("notes:read", read))
	http.HandleFunc("PUT /notes/{text}", p.user("notes:write", add))
	http.HandleFunc("GET /count", p.anyone("notes:read", count))
	http.HandleFunc("GET /.well-known/oauth-protected-resource", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"resource":                 p.resource,
			"authorization_servers":    []string{p.issuer},
			"scopes_supported":         []string{"notes:read", "notes:write"},
			"bearer_methods_supported": []string{"header"},
			"resource_name":            "Notes",
		})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "5050"), nil))
}

func read(w http.ResponseWriter, _ *http.Request, user string) {
	mutex.Lock()
	defer mutex.Unlock()
	answer(w, map[string]any{"notes": append([]string{}, notes[user]...)})
}

func add(w http.ResponseWriter, r *http.Request, user string) {
	mutex.Lock()
	defer mutex.Unlock()
	notes[user] = append(notes[user], r.PathValue("text"))
	answer(w, map[string]any{"notes": notes[user]})
}

func count(w http.ResponseWriter, _ *http.Request) {
	mutex.Lock()
	defer mutex.Unlock()
	total := 0
	for _, own := range notes {
		total += len(own)
	}
	answer(w, map[string]any{"count": total})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
