/** Starts Swagger UI in its page, whose element says which documents there are. */
const element = document.querySelector('#swagger-ui');
const documents = JSON.parse(element.dataset.documents);

/** Calls can be tried where this page came from; the other services take none from pages. */
const tryOwnOnly = () => ({
  statePlugins: {
    spec: {
      wrapSelectors: {
        allowTryItOutFor: (_allow, system) => () =>
          new URL(system.specSelectors.url(), location.href).origin === location.origin,
      },
    },
  },
});

window.ui = SwaggerUIBundle({
  domNode: element,
  urls: documents,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [tryOwnOnly],
  layout: 'StandaloneLayout',
  deepLinking: true,
  validatorUrl: 'none',
  oauth2RedirectUrl: new URL('oauth2-redirect.html', location.href).href,
});
window.ui.initOAuth({
  usePkceWithAuthorizationCodeGrant: true,
  additionalQueryStringParams: { resource: element.dataset.resource },
});
