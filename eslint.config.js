// Lints of our JavaScript: rules that find mistakes. prettier formats, tsc checks types.

import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";

export default defineConfig([
  globalIgnores([
    ".wrangler/",
    "build/",
    "pkg/dist/",
    "target/",
    "fuzz/",
    "tests/packaging/project-*/",
  ]),
  {
    files: ["**/*.js", "**/*.mjs"],
    extends: [js.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: "error", reportUnusedInlineConfigs: "error" },
    // Also of Workers, which share these names.
    languageOptions: { globals: globals["shared-node-browser"] },
    rules: {
      // `_` names a value that only holds the place of another.
      "no-unused-vars": [
        "error",
        {
          argsIgnorePattern: "^_",
          destructuredArrayIgnorePattern: "^_",
          varsIgnorePattern: "^_+$",
        },
      ],
      "array-callback-return": "error",
      "consistent-return": "error",
      "dot-notation": "error",
      eqeqeq: "error",
      "guard-for-in": "error",
      "logical-assignment-operators": "error",
      "no-constructor-return": "error",
      "no-duplicate-imports": "error",
      "no-else-return": "error",
      "no-eval": "error",
      "no-extend-native": "error",
      "no-implicit-coercion": "error",
      "no-implicit-globals": "error",
      "no-implied-eval": "error",
      "no-lonely-if": "error",
      "no-new-func": "error",
      "no-return-assign": "error",
      "no-self-compare": "error",
      "no-sequences": "error",
      "no-template-curly-in-string": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-useless-concat": "error",
      "no-useless-rename": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-object-has-own": "error",
      "prefer-promise-reject-errors": "error",
      "prefer-rest-params": "error",
      "prefer-spread": "error",
      radix: "error",
    },
  },
  {
    files: ["pkg/src/**", "www/**", "tests/packaging/app/**"],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: globals.nodeBuiltin },
  },
  {
    // Parts of these files run in a page too, some with globals of a test.
    files: [
      "bench/validators.mjs",
      "scripts/screenshots.mjs",
      "tests/{browser,packaging,support}/**",
    ],
    languageOptions: {
      globals: {
        ...globals.browser,
        ...globals.nodeBuiltin,
        ...{ created: false, instances: false, triedInWorker: false, verdictsOf: false },
      },
    },
    rules: {
      // They send functions to a page as text, and reject with what a hostile page would.
      "no-new-func": "off",
      "prefer-promise-reject-errors": "off",
    },
  },
]);
