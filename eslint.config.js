import tseslint from "typescript-eslint"

/** Files of `files` may import from their own folder and what `allowed` matches, and nothing else of the project. */
function imports(files, forbidden, message) {
  return {
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
  }
}

const NO_BUFFER = {
  "no-restricted-globals": ["error", { name: "Buffer", message: "Only zmtp/bytes.ts knows Buffer." }],
}

export default tseslint.config(
  { ignores: ["dist", "vendor", "coverage", "node_modules"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js", "scripts/*"] } } },
    rules: {
      // Array access that is known to be in range, on the hot path and in parsers.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      eqeqeq: "error",
    },
  },

  // Who may import whom. An arrow that is not allowed here is a design change first.
  imports(["src/zmtp/*.ts"], "^(node:|\\.\\./)", "zmtp/ imports only itself."),
  imports(["src/zmtp/curve/**"], "^(node:|\\.\\./\\.\\./)", "zmtp/ imports only itself."),
  imports(["src/core/**"], "^(node:|\\.\\./(?!zmtp/))", "core/ imports only zmtp/."),
  imports(
    ["src/patterns/**"],
    "^(node:|\\.\\./(?!zmtp/|core/(pipe|ring)\\.js|errors\\.js))",
    "patterns/ import pipes, frames and errors.",
  ),
  imports(
    ["src/transports/{transport,stream-transport,inproc,tcp-address,zap,thread-pipe,thread-ledger}.ts"],
    "^(node:|\\.\\./(?!zmtp/|core/|errors\\.js))",
    "These transports run everywhere.",
  ),
  imports(
    ["src/transports/{tcp,ipc,net-server,net-stream,threads}.ts"],
    "^\\.\\./(?!zmtp/|core/|errors\\.js)",
    "Transports know nothing of sockets.",
  ),
  imports(["src/node/**"], "^\\.\\./(?!zmtp/|core/|errors\\.js)", "What Node alone has; no sockets."),
  imports(["src/*.ts"], "^(node:|\\./(index|browser)\\.js)", "node: belongs to transports; nobody imports an entry."),
  { files: ["src/**"], ignores: ["src/zmtp/bytes.ts"], rules: NO_BUFFER },
  {
    // Classes and interfaces of one name: what a socket type can do is told by the interfaces it merges with.
    files: ["src/sockets.ts", "src/stream.ts"],
    rules: {
      "no-restricted-globals": "off",
      "@typescript-eslint/no-unsafe-declaration-merging": "off",
      "@typescript-eslint/no-empty-object-type": "off",
    },
  },
  {
    files: ["test/**", "interop/**", "bench/**", "examples/**"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-floating-promises": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
  { files: ["**/*.{js,mjs,cjs}"], ...tseslint.configs.disableTypeChecked },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
)
