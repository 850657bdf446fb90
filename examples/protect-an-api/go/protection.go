package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// claims is what the issuer says about a token (RFC 7662). A token of this issuer has one audience.
type claims struct {
	Active   bool            `json:"active"`
	Aud      string          `json:"aud"`
	Sub      string          `json:"sub"`
	ClientID string          `json:"client_id"`
	Scope    string          `json:"scope"`
	Cnf      json.RawMessage `json:"cnf"`
}

// byUser tells whether a client calls for a user, and not for itself.
func (c claims) byUser() bool { return c.Sub != "" && c.Sub != c.ClientID }

// protection protects one API.
type protection struct {
	issuer, resource, clientID, clientSecret string
}

var client = http.Client{Timeout: 2 * time.Second}

// user lets calls of users pass whose token has the scope.
func (p protection) user(scope string, next func(w http.ResponseWriter, r *http.Request, user string)) http.HandlerFunc {
	return p.needs(scope, true, func(w http.ResponseWriter, r *http.Request, caller claims) { next(w, r, caller.Sub) })
}

// anyone lets calls of users and of clients pass whose token has the scope.
func (p protection) anyone(scope string, next http.HandlerFunc) http.HandlerFunc {
	return p.needs(scope, false, func(w http.ResponseWriter, r *http.Request, _ claims) { next(w, r) })
}

func (p protection) needs(scope string, user bool, next func(http.ResponseWriter, *http.Request, claims)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			p.refuse(w, http.StatusUnauthorized, "")
			return
		}
		caller, err := p.introspect(r, token)
		switch {
		case err != nil:
			// An outage is never a refusal: the caller is not to blame.
			log.Print(err)
			w.Header().Set("Retry-After", "1")
			http.Error(w, "Tokens cannot be checked now.", http.StatusServiceUnavailable)
		case !caller.Active, caller.Aud != p.resource, user && !caller.byUser():
			p.refuse(w, http.StatusUnauthorized, `error="invalid_token"`)
		case caller.Cnf != nil:
			// Only who proves the key may use such a token (RFC 9449), and this API checks no proofs.
			p.refuse(w, http.StatusUnauthorized, `error="invalid_token"`)
		case !slices.Contains(strings.Fields(caller.Scope), scope):
			p.refuse(w, http.StatusForbidden, fmt.Sprintf(`error="insufficient_scope", scope=%q`, scope))
		default:
			next(w, r, caller)
		}
	}
}

// introspect asks the issuer about a token, at each use, so that a revoked token is refused at once.
func (p protection) introspect(r *http.Request, token string) (found claims, err error) {
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, p.issuer+"/introspect", form)
	if err != nil {
		return found, err
	}
	request.SetBasicAuth(p.clientID, p.clientSecret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(request)
	if err != nil {
		return found, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return found, fmt.Errorf("introspection answered %s", answer.Status)
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&found)
	return found, err
}

// refuse answers with a challenge (RFC 6750 section 3, RFC 9728 section 5.1).
func (p protection) refuse(w http.ResponseWriter, status int, fault string) {
	challenge := fmt.Sprintf("resource_metadata=%q", p.resource+"/.well-known/oauth-protected-resource")
	if fault != "" {
		challenge = fault + ", " + challenge
	}
	w.Header().Set("WWW-Authenticate", "Bearer "+challenge)
	http.Error(w, http.StatusText(status), status)
}
