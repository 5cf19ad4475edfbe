import { readdirSync } from "node:fs"
import tseslint from "typescript-eslint"

/** Creates a rule for `files`: imports that match the regular expression `forbidden` are errors with this message. */
function imports(files, forbidden, message) {
  return {
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
  }
}

const ENTRIES =
  "Entry points only re-export and choose a platform. Other files do not import them, and they do not import node: modules."

/** The names of the entry points, which are the files in the root of src/. */
const ENTRY_NAMES = readdirSync(new URL("src", import.meta.url))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length))
  .join("|")

/** The folders of src/, each with the other folders that it may import. No two folders import each other. */
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

/** The folders of src/core/, each with the others that it may import. The files beside them import none of them. */
const CORE_FOLDERS = {
  runtime: [],
  pipe: [],
  connection: ["pipe", "runtime"],
}

/** Files that run in every JavaScript runtime, so that they must not import `node:` modules, and their folder. */
const RUN_EVERYWHERE = [
  [["src/zmtp/**"], "zmtp"],
  [["src/core/**"], "core"],
  [["src/pgm/**"], "pgm"],
  [["src/patterns/**"], "patterns"],
  [
    [
      "src/transports/*.ts",
      "src/transports/{stream,attached,inproc,ports}/**",
      "src/transports/authentication/{connection-features,zap}.ts",
    ],
    "transports",
  ],
  [["src/transports/{tcp/tcp-address,ws/ws-address,ws/browser-ws,ws/web-socket-stream}.ts"], "transports"],
  [["src/platform/*.ts", "src/platform/{browser,workerd}/**"], "platform"],
  [["src/security/{sodium-crypto,web-sodium,curve-key-text}.ts"], "security"],
  [["src/sockets/**"], "sockets"],
  [["src/messaging/**"], "messaging"],
  [["src/entry/exports.ts"], "entry"],
]

/** The expression for imports that files of `folder` must not have because it may import only from itself and `below`. */
function above(folder, below) {
  const others = Object.keys(FOLDERS).filter((other) => other !== folder && !below.includes(other))
  const folders = [...others, "v5", "cli", "testing"].join("|")
  // In the subfolders of transports/, ../transport.js is transports/transport.ts, not the entry point of that name.
  const own = folder === "transports" ? "(?!^\\.\\./transport\\.js$)" : ""
  return `${own}^(\\.\\./)+((${folders})/|(${ENTRY_NAMES})\\.js$)`
}

/** Creates a rule: files in `folder` may import only from `folder` and `below`, and files that match `everywhere` no `node:` modules. */
function layer(folder, below, everywhere) {
  const forbidden = above(folder, below)
  const message = `${folder}/ imports ${below.length === 0 ? "only itself" : `itself and ${below.join(", ")}`}${everywhere ? ", and no node: modules" : ""}.`
  return imports(everywhere ?? [`src/${folder}/**`], everywhere ? `^node:|${forbidden}` : forbidden, message)
}

/** Creates a rule: these files of src/core/ may import only from `below` among its folders. */
function layerOfCore(files, below) {
  const others = Object.keys(CORE_FOLDERS).filter((other) => !below.includes(other))
  const message = `core/ imports itself and zmtp, and no node: modules. Of its folders, this file may import ${below.join(" and ") || "no other"}.`
  return imports(files, `^node:|^\\.\\.?/(${others.join("|")})/|${above("core", FOLDERS.core)}`, message)
}

/** Titles of tests, and of suites, are plain sentences. */
const NO_KEYWORDS = ["Literal[value=/\\b(SHALL|MUST|MAY)\\b/]", "TemplateElement[value.raw=/\\b(SHALL|MUST|MAY)\\b/]"]

/** Reports imports that are not in the order: packages and `node:` modules, other folders, the folder of the file. */
const importOrder = {
  meta: {
    type: "layout",
    fixable: "code",
    schema: [],
    messages: { order: "Order of imports: packages and node: modules, other folders (../), this folder (./)." },
  },
  create: (context) => ({
    Program({ body }) {
      const declarations = body.filter(({ type }) => type === "ImportDeclaration")
      const groupOf = ({ source }) => (source.value.startsWith("./") ? 2 : source.value.startsWith("../") ? 1 : 0)
      const misplaced = declarations.find(
        (each, index) => index > 0 && groupOf(each) < groupOf(declarations[index - 1]),
      )
      if (misplaced === undefined) return
      const { sourceCode } = context
      const [start, end] = [declarations[0].range[0], declarations.at(-1).range[1]]
      // Comments among imports may be about their position.
      const movable = sourceCode.getAllComments().every(({ range }) => range[1] < start || range[0] > end)
      const sorted = declarations.toSorted((one, other) => groupOf(one) - groupOf(other))
      const text = sorted.map((each) => sourceCode.getText(each)).join("\n")
      const fix = movable ? (fixer) => fixer.replaceTextRange([start, end], text) : null
      context.report({ node: misplaced, messageId: "order", fix })
    },
  }),
}

const NO_BUFFER = {
  "no-restricted-globals": [
    "error",
    { name: "Buffer", message: "Use Uint8Array: Buffer does not exist in browsers. Only zmtp/bytes.ts may use it." },
  ],
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
          allowDefaultProject: [
            "eslint.config.js",
            "scripts/*.mjs",
            "scripts/*.cjs",
            "scripts/{build,hosts,libsodium,mutation}/*.mjs",
          ],
        },
      },
    },
    rules: {
      // For array accesses that are known to be in range, on hot paths and in parsers.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      eqeqeq: "error",
    },
  },

  // Allowed imports: docs/design.md, "Layout". A file that no rule below covers may not import anything.
  imports(["src/**"], ".", "No rule covers this file. Add its folder to eslint.config.js."),
  imports(["src/*.ts"], `^(node:|\\./(${ENTRY_NAMES})\\.js)`, ENTRIES),
  ...Object.entries(FOLDERS).map(([folder, below]) => layer(folder, below)),
  ...RUN_EVERYWHERE.map(([files, folder]) => layer(folder, FOLDERS[folder], files)),
  // In files directly in src/transports/, ../transport.js is the entry point.
  imports(
    ["src/transports/*.ts"],
    `^\\.\\./transport\\.js$|^node:|${above("transports", FOLDERS["transports"])}`,
    `Files in transports/ may import only transports/, ${FOLDERS["transports"].join(", ")}, but not entry points or node: modules.`,
  ),
  layerOfCore(["src/core/*.ts"], []),
  ...Object.entries(CORE_FOLDERS).map(([folder, below]) => layerOfCore([`src/core/${folder}/**`], below)),
  imports(
    ["src/sockets/options/**"],
    "^(node:|(\\.\\./)+(?!(zmtp|core|patterns|platform|transports)/)[\\w-]+(/|\\.js))",
    "Options must not depend on sockets. Use the OptionOwner interface, which sockets implement.",
  ),
  imports(["src/testing/**"], "^\\.\\./", "testing/ is for users' tests and imports nothing from the rest of src/."),
  imports(
    ["src/protocol.ts"],
    "^(?!\\./zmtp/|\\./security/load-curve\\.js$)",
    "zmtp/protocol exports zmtp/ and the cryptography of CURVE, and nothing that does I/O.",
  ),
  imports(
    ["src/v5/**"],
    "^(node:(?!events)|\\.\\./(?!(index|core/ring|zmtp/(bytes|socket-types)|sockets/options/(table|settings))\\.js))",
    "v5/ may use only the public API, and the few internal modules listed in eslint.config.js.",
  ),
  imports(
    ["src/v5-compat.ts"],
    "^(node:|\\./(?!(index\\.js|v5/)))",
    "v5/ may use only the public API, and the few internal modules listed in eslint.config.js.",
  ),
  imports(
    ["src/browser-node.ts"],
    "^(node:|\\./(?!(index\\.js|entry/|sockets/)))",
    "browser-node.ts is the zmtp/browser entry point for Node.",
  ),
  imports(
    ["src/browser-workerd.ts"],
    "^(node:|\\./(?!(workerd\\.js|entry/|core/errors\\.js)))",
    "browser-workerd.ts is the zmtp/browser entry point for Workers.",
  ),
  imports(["src/cli.ts"], "^(node:|\\./(?!cli/))", "cli.ts may import only from cli/."),
  imports(
    ["src/cli/*.ts"],
    "^\\.\\./(?!(draft|index|msgpack|protocol)\\.js)",
    "The command line may use only the public API of the library.",
  ),
  imports(
    ["src/cli/dump/**"],
    "^\\.\\./(?!command\\.js|\\.\\./protocol\\.js)",
    "dump may use only zmtp/protocol and cli/command.ts.",
  ),
  { files: ["src/**"], ignores: ["src/zmtp/bytes.ts", "src/cli/**"], rules: NO_BUFFER },
  {
    files: ["**/*.{ts,mts,js,mjs}"],
    plugins: { local: { rules: { "import-order": importOrder } } },
    rules: { "local/import-order": "error" },
  },
  {
    // Socket classes merge with interfaces of the same name, which declare what the socket type can do.
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
          message: "Declare options in sockets/options/table.ts.",
        },
      ],
    },
  },
  // The return types of these functions are inferred from the lists that they are in.
  {
    files: ["src/testing/compliance/*-cases.ts"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
  // An error message in quotation marks instead of backticks would show the expression itself.
  { files: ["src/**"], rules: { "no-template-curly-in-string": "error" } },
  // The messages of these classes are declared as Node's Buffers.
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
  {
    files: ["test/**", "interop/**", "src/testing/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...NO_KEYWORDS.map((selector) => ({
          selector,
          message: 'Write titles in the third person, as in "delivers every message once".',
        })),
      ],
    },
  },
  { files: ["**/*.{js,mjs,cjs}"], ...tseslint.configs.disableTypeChecked },
  { files: ["**/*.{js,mjs,cjs}"], rules: { "@typescript-eslint/explicit-module-boundary-types": "off" } },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
)
