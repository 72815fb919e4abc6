// The API reference: Swagger UI, read-only. Secret keys do not belong in a page, so it
// asks for none and sends no request.

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
followScheme();
dark.addEventListener("change", followScheme);

const { SwaggerUIBundle } = /** @type {any} */ (window);

/**
 * Layout: the operations, and the introduction beside them.
 *
 * @param {any} system
 */
function reading({ React: { createElement } }) {
  /** @param {any} system */
  const Reading = ({ getComponent, specSelectors }) => {
    const status = specSelectors.loadingStatus();
    if (status === "failed" || status === "failedConfig") {
      return createElement("p", { role: "alert" }, "openapi.json could not be loaded.");
    }
    if (status !== "success") return createElement("p", { role: "status" }, "Loading…");
    /** @param {string} name */
    const part = (name) => createElement(getComponent(name, true));
    return createElement(
      "div",
      { className: "swagger-ui reading" },
      createElement("div", { className: "operations" }, part("operations"), part("Models")),
      createElement("aside", null, part("InfoContainer")),
    );
  };
  // Removes the padlock of each operation, which would ask for a key.
  const wrapComponents = { authorizeOperationBtn: () => () => null };
  return { components: { Reading }, wrapComponents };
}

SwaggerUIBundle({
  url: "openapi.json",
  domNode: document.getElementById("reference"),
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [reading],
  layout: "Reading",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
