package notes;

import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.PUT;
import static org.springframework.security.authorization.AuthorizationManagers.allOf;
import static org.springframework.security.config.Customizer.withDefaults;
import static org.springframework.security.config.http.SessionCreationPolicy.STATELESS;
import static org.springframework.security.oauth2.core.authorization.OAuth2AuthorizationManagers.hasScope;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.AbstractOAuth2TokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;

/** Which call needs what. */
@Configuration
class Protection {
  @Bean
  SecurityFilterChain protect(
      HttpSecurity http,
      @Value("${issuer}") String issuer,
      @Value("${resource}") String resource,
      @Value("${verify}") String verify) {
    return http
        .authorizeHttpRequests(calls -> calls
            // Without this line a defect is answered 401.
            .dispatcherTypeMatchers(DispatcherType.ERROR).permitAll()
            .requestMatchers(GET, "/notes").access(allOf(user(), hasScope("notes:read")))
            .requestMatchers(PUT, "/notes/*").access(allOf(user(), hasScope("notes:write")))
            .requestMatchers(GET, "/count").access(hasScope("notes:read"))
            // Also HEAD, which Spring answers wherever it answers GET.
            .anyRequest().denyAll())
        .oauth2ResourceServer(server -> {
          if (verify.equals("locally")) server.jwt(withDefaults());
          else server.opaqueToken(withDefaults());
          server.protectedResourceMetadata(metadata -> metadata.protectedResourceMetadataCustomizer(it -> it
              .resource(resource)
              .resourceName("Notes")
              .tlsClientCertificateBoundAccessTokens(false)
              .authorizationServer(issuer)
              .scope("notes:read")
              .scope("notes:write")));
        })
        .addFilterBefore(Protection::answerOutages, BearerTokenAuthenticationFilter.class)
        .sessionManagement(session -> session.sessionCreationPolicy(STATELESS))
        // A token in a header is not sent by a browser on its own, so there is nothing to forge.
        .csrf(AbstractHttpConfigurer::disable)
        .build();
  }

  /** Refuses tokens that a client got for itself. */
  private static AuthorizationManager<RequestAuthorizationContext> user() {
    return (authentication, call) -> {
      if (!(authentication.get() instanceof AbstractOAuth2TokenAuthenticationToken<?> token))
        return new AuthorizationDecision(false);
      var claims = token.getTokenAttributes();
      if (claims.get("sub").equals(claims.get("client_id")))
        throw new InvalidBearerTokenException("the token is not bound to a user");
      return new AuthorizationDecision(true);
    };
  }

  /** Spring throws when it cannot check a token. The caller is not to blame, and gets no 401. */
  private static void answerOutages(ServletRequest request, ServletResponse response, FilterChain next)
      throws IOException, ServletException {
    try {
      next.doFilter(request, response);
    } catch (AuthenticationServiceException outage) {
      request.getServletContext().log("Tokens cannot be checked", outage);
      ((HttpServletResponse) response).setHeader("Retry-After", "1");
      ((HttpServletResponse) response).setStatus(503);
    }
  }
}
