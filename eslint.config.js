import tseslint from "typescript-eslint"

/** Files of `files` may import from their own folder and what `allowed` matches, and nothing else of the project. */
function imports(files, forbidden, message) {
  return {
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
  }
}

const ENTRIES =
  "Entry points re-export and choose a platform: nobody imports them, and node: belongs to the layers below."

/** The folders of src/, each with those that it may import besides itself. Directions only: there is no way back. */
const FOLDERS = {
  zmtp: [],
  core: ["zmtp"],
  security: ["core", "zmtp"],
  patterns: ["core", "zmtp"],
  pgm: ["core", "zmtp"],
  transports: ["pgm", "security", "core", "zmtp"],
  platform: ["transports", "security", "core", "zmtp"],
  sockets: ["platform", "transports", "patterns", "core", "zmtp"],
  messaging: ["sockets", "core", "zmtp"],
  entry: ["messaging", "sockets", "platform", "transports", "security", "core", "zmtp"],
}

/** What runs in every JavaScript realm, and so imports nothing of Node. */
const RUN_EVERYWHERE = [
  [["src/zmtp/**"], "zmtp"],
  [["src/core/**"], "core"],
  [["src/pgm/**"], "pgm"],
  [["src/patterns/**"], "patterns"],
  [
    [
      "src/transports/*.ts",
      "src/transports/{stream,attached,inproc,ports}/**",
      "src/transports/security/{connection-security,zap}.ts",
    ],
    "transports",
  ],
  [["src/transports/{tcp/tcp-address,ws/ws-address,ws/browser-ws,ws/web-socket-stream}.ts"], "transports"],
  [["src/platform/*.ts", "src/platform/{browser,workerd}/**"], "platform"],
  [["src/security/{sodium-crypto,web-sodium,curve-key-text}.ts"], "security"],
  [["src/sockets/**"], "sockets"],
  [["src/messaging/**"], "messaging"],
  [["src/entry/exports.ts", "src/entry/version.ts"], "entry"],
]

/** Files of `folder` import nothing from folders other than `below`; with `everywhere`, nothing of Node either. */
function layer(folder, below, everywhere) {
  const others = Object.keys(FOLDERS).filter((other) => other !== folder && !below.includes(other))
  // Its own `transport.ts` has the name of an entry.
  const entries = `index|browser|draft|protocol|testing|workerd|v5-compat|msgpack|cli${folder === "transports" ? "" : "|transport"}`
  const above = `^(\\.\\./)+((${[...others, "v5", "cli", "testing"].join("|")})/|(${entries})\\.js$)`
  const message = `${folder}/ imports ${below.length === 0 ? "only itself" : `itself and ${below.join(", ")}`}${everywhere ? ", and nothing of Node" : ""}.`
  return imports(everywhere ?? [`src/${folder}/**`], everywhere ? `^node:|${above}` : above, message)
}

const NO_BUFFER = {
  "no-restricted-globals": ["error", { name: "Buffer", message: "Only zmtp/bytes.ts knows Buffer." }],
}

export default tseslint.config(
  {
    ignores: [
      "dist",
      "jsr",
      "vendor",
      "coverage",
      "site",
      "docs/.vitepress",
      "node_modules",
      "test/types/{programs,newest}",
      "test/swap/programs",
      "test/hosts",
      "packages",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ["eslint.config.js", "scripts/*", "scripts/{build,hosts,libsodium,mutation}/*.mjs"],
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

  // Who may import whom: docs/design.md, "Layout". A file that no rule covers fails.
  imports(["src/**"], ".", "No rule covers this file: name its folder in eslint.config.js."),
  imports(
    ["src/*.ts"],
    "^(node:|\\./(index|browser|draft|protocol|testing|transport|workerd|v5-compat|msgpack|cli)\\.js)",
    ENTRIES,
  ),
  ...Object.entries(FOLDERS).map(([folder, below]) => layer(folder, below)),
  ...RUN_EVERYWHERE.map(([files, folder]) => layer(folder, FOLDERS[folder], files)),
  imports(
    ["src/sockets/options/**"],
    "^(node:|(\\.\\./)+(?!(zmtp|core|patterns|platform|transports)/)[\\w-]+(/|\\.js))",
    "Options know values, not sockets: a socket implements their OptionOwner.",
  ),
  imports(["src/testing/**"], "^\\.\\./", "testing/ is for tests of users: it knows nothing of the rest."),
  imports(
    ["src/protocol.ts"],
    "^(?!\\./zmtp/|\\./security/load-curve\\.js$)",
    "zmtp/protocol is zmtp/, and the cryptography of CURVE: nothing that does I/O.",
  ),
  imports(
    ["src/v5/**"],
    "^(node:(?!events)|\\.\\./(?!(index|core/ring|zmtp/(bytes|socket-types)|sockets/options/(table|settings))\\.js))",
    "v5/ is a program over the API of v6.",
  ),
  imports(["src/v5-compat.ts"], "^(node:|\\./(?!(index\\.js|v5/)))", "v5/ is a program over the API of v6."),
  imports(
    ["src/browser-node.ts"],
    "^(node:|\\./(?!(index\\.js|entry/|sockets/)))",
    "zmtp/browser is the entry of Node where there is no page.",
  ),
  imports(
    ["src/browser-workerd.ts"],
    "^(node:|\\./(?!(workerd\\.js|entry/|core/errors\\.js)))",
    "zmtp/browser is the entry of Workers where there is no page.",
  ),
  imports(["src/cli.ts"], "^(node:|\\./(?!cli/))", "The command line is in cli/."),
  imports(
    ["src/cli/*.ts"],
    "^\\.\\./(?!(draft|index|msgpack|protocol)\\.js)",
    "The command line is a user of the library.",
  ),
  imports(["src/cli/dump/**"], "^\\.\\./(?!command\\.js|\\.\\./protocol\\.js)", "dump is a user of zmtp/protocol."),
  { files: ["src/**"], ignores: ["src/zmtp/bytes.ts", "src/cli/**"], rules: NO_BUFFER },
  {
    // Classes and interfaces of one name: what a socket type can do is told by the interfaces it merges with.
    files: [
      "src/sockets/socket.ts",
      "src/sockets/standard-sockets.ts",
      "src/sockets/stream.ts",
      "src/sockets/draft-sockets.ts",
    ],
    rules: {
      "@typescript-eslint/no-unsafe-declaration-merging": "off",
      "@typescript-eslint/no-empty-object-type": "off",
      "no-restricted-syntax": [
        "error",
        {
          selector: "PropertyDefinition[declare=true][readonly!=true]",
          message: "Options are declared by their entry in sockets/options/table.ts.",
        },
      ],
    },
  },
  // Their types are those of the lists that they are in.
  {
    files: ["src/testing/compliance/*-cases.ts"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
  // Their messages are the Buffers of Node.
  {
    files: ["src/sockets/standard-sockets.ts", "src/sockets/stream.ts", "src/sockets/draft-sockets.ts"],
    rules: { "no-restricted-globals": "off" },
  },
  {
    files: ["test/**", "interop/**", "bench/**"],
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
