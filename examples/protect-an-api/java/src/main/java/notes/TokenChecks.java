package notes;

import static org.springframework.security.oauth2.core.OAuth2TokenValidatorResult.failure;
import static org.springframework.security.oauth2.core.OAuth2TokenValidatorResult.success;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.support.BasicAuthenticationInterceptor;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;
import org.springframework.web.client.RestTemplate;

/** How tokens are checked: by introspection, or by their signatures. */
@Configuration
class TokenChecks {
  /** The access_token_ttl of the API. */
  private static final Duration LONGEST_LIFETIME = Duration.ofMinutes(5);

  /** Such a token needs a proof of its key (RFC 9449), and this API checks no proofs. */
  private static final String BOUND = "the token is bound to a key";

  private final String issuer;
  private final String resource;

  TokenChecks(@Value("${issuer}") String issuer, @Value("${resource}") String resource) {
    this.issuer = issuer;
    this.resource = resource;
  }

  /** By introspection: a revoked token is refused at its next use. */
  @Bean
  OpaqueTokenIntrospector introspection(@Value("${secret}") String secret) {
    var http = httpClient();
    http.getInterceptors().add(new BasicAuthenticationInterceptor("notes-api", secret));
    var introspector = new SpringOpaqueTokenIntrospector(issuer + "/introspect", http);
    return token -> {
      var caller = introspector.introspect(token);
      List<String> audience = caller.getAttribute("aud");
      if (audience == null || !audience.contains(resource))
        throw new BadOpaqueTokenException("the token is for another API");
      if (caller.getAttribute("cnf") != null) throw new BadOpaqueTokenException(BOUND);
      return caller;
    };
  }

  /** By signatures: without a call, and blind to revocations until the token expires. */
  @Bean
  JwtDecoder localVerification() {
    var decoder = NimbusJwtDecoder.withJwkSetUri(issuer + "/jwks")
        .restOperations(httpClient())
        .jwsAlgorithm(SignatureAlgorithm.ES256)
        .build();
    decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(
        new JwtTypeValidator("at+jwt"),
        new JwtIssuerValidator(issuer),
        new JwtAudienceValidator(resource),
        new JwtTimestampValidator(Duration.ZERO), // By default tokens are good for a minute after they expired.
        TokenChecks::validateLifetimeAndBinding));
    return decoder;
  }

  private static OAuth2TokenValidatorResult validateLifetimeAndBinding(Jwt token) {
    if (token.hasClaim("cnf")) return refused(BOUND);
    var issued = token.getIssuedAt();
    var expires = token.getExpiresAt();
    var tooLong = issued == null || expires == null || expires.isAfter(issued.plus(LONGEST_LIFETIME));
    return tooLong ? refused("the token lives too long") : success();
  }

  private static OAuth2TokenValidatorResult refused(String description) {
    return failure(new OAuth2Error("invalid_token", description, null));
  }

  /** Spring's own client waits for an answer without end. */
  private static RestTemplate httpClient() {
    var timeout = Duration.ofSeconds(2);
    var factory = new JdkClientHttpRequestFactory(HttpClient.newBuilder().connectTimeout(timeout).build());
    factory.setReadTimeout(timeout);
    return new RestTemplate(factory);
  }
}
