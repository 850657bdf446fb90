/** The names of the members of client metadata, by which a misspelt one is recognized. */

/**
 * Those of RFC 7591 §2, OpenID Connect Dynamic Registration §2 and the registry "OAuth Dynamic Client Registration
 * Metadata" that the library reads or that clients may have elsewhere, and those that only this system has.
 */
export const CLIENT_MEMBERS = `
  client_id client_id_issued_at client_secret client_secret_expires_at client_name client_uri logo_uri policy_uri tos_uri
  contacts software_id software_version software_statement application_type
  redirect_uris post_logout_redirect_uris grant_types response_types response_modes scope initiate_login_uri
  token_endpoint_auth_method token_endpoint_auth_signing_alg jwks jwks_uri sector_identifier_uri subject_type
  default_acr_values default_max_age require_auth_time request_uris
  require_pushed_authorization_requests require_signed_request_object dpop_bound_access_tokens authorization_details_types
  backchannel_logout_uri backchannel_logout_session_required frontchannel_logout_uri frontchannel_logout_session_required
  backchannel_token_delivery_mode backchannel_client_notification_endpoint backchannel_user_code_parameter
  backchannel_authentication_request_signing_alg
  id_token_signed_response_alg id_token_encrypted_response_alg id_token_encrypted_response_enc
  userinfo_signed_response_alg userinfo_encrypted_response_alg userinfo_encrypted_response_enc
  introspection_signed_response_alg introspection_encrypted_response_alg introspection_encrypted_response_enc
  authorization_signed_response_alg authorization_encrypted_response_alg authorization_encrypted_response_enc
  request_object_signing_alg request_object_encryption_alg request_object_encryption_enc
  tls_client_auth_subject_dn tls_client_auth_san_dns tls_client_auth_san_uri tls_client_auth_san_ip tls_client_auth_san_email
  tls_client_certificate_bound_access_tokens use_mtls_endpoint_aliases
  first_party admin require_pkce always_issue_refresh_token claims_in_id_token resource access_token_ttl optional_scopes
  workload_identities
  client_secret_hashes from_metadata_document
`
  .trim()
  .split(/\s+/);
