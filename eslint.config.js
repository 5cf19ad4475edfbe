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
  {
    ignores: [
      "dist",
      "vendor",
      "coverage",
      "site",
      "node_modules",
      "test/types/{programs,newest}",
      "test/swap/programs",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ["eslint.config.js", "scripts/*", "scripts/{libsodium,mutation}/*.mjs"],
        },
      },
    },
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
    [
      "src/transports/{transport,stream-transport,dialer,listener,guard,inproc,tcp-address,ws-address,web-socket-stream,zap,thread-pipe,thread-ledger,thread-note,life-sign,parse,browser-ws,ports,port-pipe,life-line}.ts",
    ],
    "^(node:|\\.\\./(?!zmtp/|core/|errors\\.js))",
    "These transports run everywhere.",
  ),
  imports(
    [
      "src/transports/{tcp,ws,ipc,ipc-address,udp,udp-address,local-address,net-server,net-stream,threads,channel-line}.ts",
    ],
    "^\\.\\./(?!zmtp/|core/|node/|(errors|version)\\.js)",
    "Transports know nothing of sockets.",
  ),
  imports(
    ["src/node/**"],
    "^\\.\\./(?!zmtp/|core/|transports/web-socket-stream\\.js|errors\\.js)",
    "What Node alone has; no sockets.",
  ),
  imports(["src/testing/**"], "^\\.\\./", "For tests of users' own: it knows nothing of the rest."),
  imports(
    ["src/*.ts"],
    "^(node:|\\./(index|browser|draft|testing|v5-compat|msgpack|cli)\\.js)",
    "node: belongs to transports; nobody imports an entry.",
  ),
  imports(
    ["src/v5/**"],
    "^(node:(?!events)|\\.\\./(?!(index|core/ring|zmtp/bytes)\\.js))",
    "v5/ is a program over the API of v6.",
  ),
  imports(["src/v5-compat.ts"], "^(node:|\\./(?!(index\\.js|v5/)))", "v5/ is a program over the API of v6."),
  imports(["src/cli/*.ts"], "^\\.\\./(?!(index|msgpack)\\.js)", "The command line is a user of the library."),
  imports(["src/cli/dump/**"], "^\\.\\./(?!command\\.js|\\.\\./zmtp/)", "dump reads ZMTP with the engine's own parts."),
  { files: ["src/**"], ignores: ["src/zmtp/bytes.ts", "src/cli/**"], rules: NO_BUFFER },
  {
    // Classes and interfaces of one name: what a socket type can do is told by the interfaces it merges with.
    files: ["src/sockets.ts", "src/stream.ts", "src/draft-sockets.ts"],
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
  { files: ["**/*.{js,mjs,cjs}"], rules: { "@typescript-eslint/explicit-module-boundary-types": "off" } },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
)
