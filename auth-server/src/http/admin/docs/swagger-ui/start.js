/** Starts Swagger UI in its page, with the documents that the page's element lists. */
const element = document.querySelector('#swagger-ui');
const documents = JSON.parse(element.dataset.documents);

/** Lets users try calls of this page's own origin only; the other services accept no calls from pages. */
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
