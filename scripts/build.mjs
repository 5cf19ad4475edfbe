// Builds the published files, in dist:
//   node/     CommonJS, for Node, Bun, and Deno. `import` uses it, too, through a facade for each entry, so that the classes are
//             the same for `import` and `require`. The declarations are also here.
//   esm/      The same as ES modules, for bundlers. Only this code has comments: the source maps of node/ refer to it.
//   browser/  ES modules for pages, without Buffer and Node-only features, and their declarations.
//   workerd/  The same for Cloudflare's runtime, with its sockets, and libsodium as a WebAssembly module.
// The entries are those of `exports` in package.json. Shared code is in one file, because each file takes time to load.
// Modules that the sources load with `import()` have separate files.
// The manual page, man/zmtp.1, is generated from the commands of the command line.
import { transform } from "esbuild"
import { execFileSync } from "node:child_process"
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { rollup } from "rollup"
import { dts } from "rollup-plugin-dts"
import ts from "typescript"
import { leadToReadable, lineByLine, readableLines, withLines } from "./build/source-maps.mjs"
import { namedClasses, withoutAliases } from "./build/names.mjs"
import { ioThreadText, writeIoThreadText } from "./build/io-thread.mjs"
import { lazily } from "./build/lazy.mjs"
import { licenses } from "./build/licenses.mjs"
import { shareTypes } from "./build/shared-types.mjs"
import { buildVendor } from "./build/vendor.mjs"
import { readOptions } from "./options.mjs"

const root = new URL("..", import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))
const require = createRequire(import.meta.url)
const { apart } = readOptions("npm run build -- [options]", {
  apart: {
    type: "boolean",
    description: "keep each module of dist/node in a file with a detailed source map, for coverage",
  },
})

const { exports, bin } = JSON.parse(readFileSync(path("package.json"), "utf8"))
/** Names of the entries of each folder: `dist/node/draft.cjs` is built from `src/draft.ts`. */
const entriesOf = (pattern) => [
  ...new Set([...JSON.stringify({ exports, bin }).matchAll(pattern)].map(([, name]) => name)),
]
const NODE = entriesOf(/dist\/node\/([\w-]+)\.cjs/g)
const LIBRARY = NODE.filter((name) => !Object.values(bin).some((file) => file.includes(`/${name}.`)))
/** Entries that have their own declarations. `zmtp/browser` always uses the declarations for pages. */
const TYPED = LIBRARY.filter((name) => name !== "browser-node")
const BUNDLERS = entriesOf(/dist\/esm\/([\w-]+)\.js/g)
/** Entries for runtimes without Node, and their sources. */
const REALMS = Object.fromEntries(
  entriesOf(/dist\/((?:browser|workerd)\/[\w-]+)\.js/g).map((name) => {
    const [realm, entry] = name.split("/")
    return [name, path(`src/${entry === "index" ? realm : entry}.ts`)]
  }),
)

/** Features that many programs never use. Modules that only these import are loaded with them. */
const onFirstUse = lazily(
  Object.fromEntries(
    Object.entries({
      "io-context": ["transports/io/io-threads", "platform/node/io-thread-code"],
      curve: ["security/sodium", "zmtp/handshake/curve/client", "zmtp/handshake/curve/server"],
      socks: ["transports/tcp/socks"],
      streams: ["sockets/web-streams"],
      network: ["platform/node/stream-transports", "transports/attached/custom-transport"],
      threads: ["channel-line", "inbound-queue", "outbound-queue", "shared-pipe", "thread-pipe"].map(
        (name) => `transports/threads/${name}`,
      ),
      udp: ["transports/udp/udp-destination", "transports/udp/udp-listener"],
      "web-sockets": ["transports/ws/ws-on-server", "transports/ws/ws-attempt", "transports/ws/ws-listener"],
    }).map(([name, modules]) => [name, modules.map((module) => path(`src/${module}.ts`))]),
  ),
)

const IO_THREAD = {
  text: path("src/platform/node/io-thread-text.ts"),
  file: path("src/platform/node/io-thread-file.ts"),
}

const readable = readableLines()

rmSync(path("dist"), { recursive: true, force: true })
const declared = buildTypes().then(declaredComments)
await Promise.all([buildVendor(path(".")), buildNode(), buildBundlers(), buildRealms(), declared])
if (!apart) leadToReadable(path("dist/node"), readable.lines)
cpSync(path("vendor/libsodium.cjs"), path("dist/node/libsodium.cjs"))
cpSync(path("vendor/ws.cjs"), path("dist/node/ws.cjs"))
await writeIoThreadText(path("src/entry/io-thread.ts"), path("dist/node"))
cpSync(path("scripts/libsodium/libsodium-small.wasm"), path("dist/workerd/libsodium.wasm"))
// Loading these modules emits a warning about an experimental feature.
process.removeAllListeners("warning")
if (!apart) onFirstUse.check(path("dist/node"), "index.cjs")
for (const name of LIBRARY) writeFacade(name)
writeFileSync(path("dist/THIRD-PARTY-LICENSES.md"), licenses(path(".")))
mkdirSync(path("man"), { recursive: true })
writeFileSync(path("man/zmtp.1"), execFileSync(process.execPath, [path(bin.zmtp), "man"]))

async function buildNode() {
  const bundle = await rollup({
    ...common(),
    input: { ...sources(NODE), "io-thread": path("src/entry/io-thread.ts") },
    plugins: [
      // With --apart, chunks may be in subfolders. This path lets Rollup find files in the root of the sources from
      // there.
      vendor((name) => (apart ? path(`src/${name}.cjs`) : `./${name}.cjs`)),
      ioThreadText(IO_THREAD, ".", "cjs"),
      typescript(compileForNode),
      ...(apart ? [] : [onFirstUse]),
    ],
  })
  await bundle.write({
    dir: path("dist/node"),
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name].cjs",
    exports: "named",
    // Jest does not support `import()` in CommonJS.
    dynamicImportInCjs: false,
    generatedCode: "es2015",
    hoistTransitiveImports: false,
    interop: "esModule",
    sourcemap: true,
    ...(apart
      ? { preserveModules: true, preserveModulesRoot: path("src") }
      : {
          manualChunks: firstOf(
            shared("index", "core"),
            shared("platform/node/stream-transports", "network-core"),
            shared("transports/attached/custom-transport", "network-core"),
          ),
        }),
    plugins: [namedClasses(), ...(apart ? [] : [lineByLine()])],
  })
}

async function buildBundlers() {
  const bundle = await rollup({
    ...common(),
    input: sources(BUNDLERS),
    plugins: [
      vendor((name) => `../node/${name}.cjs`),
      ioThreadText(IO_THREAD, "../node", "es"),
      typescript(compileForReaders),
    ],
  })
  const output = modules("dist/esm")
  // The protocol does not need Node and runs everywhere. It loads the cryptography of CURVE on request.
  await bundle.write({
    ...output,
    sourcemap: "hidden",
    plugins: [...output.plugins, readable.plugin],
    manualChunks: firstOf(shared("protocol", "engine"), shared("security/sodium", "sodium"), shared("index", "core")),
  })
}

async function buildRealms() {
  // Runtimes without Node get plain Uint8Arrays, even if they have a global Buffer.
  const withoutBuffer = async (file) => (await compile(file)).code.replace(/\btypeof Buffer\b/g, '"undefined"')
  const plugins = [vendor((name, extension) => `./${name}.${extension}`), typescript(withoutBuffer)]
  const bundle = await rollup({ ...common(), input: REALMS, plugins })
  await bundle.write({
    ...modules("dist"),
    chunkFileNames: "browser/[name].js",
    // In a Worker, `zmtp/browser` shares no other code with pages.
    manualChunks: sharedByAny(Object.values(REALMS).filter((file) => nameOf(file) !== "browser-workerd")),
  })
}

/** Builds one file with the declarations of all entries. Each entry exports a part of it, for both kinds of modules. */
async function buildTypes() {
  const tsconfig = path("tsconfig.build.json")
  const common = {
    external: [/^(node|cloudflare):/, /^@msgpack\//, /\.wasm$/],
    plugins: [dts({ tsconfig, respectExternal: false })],
    onLog: complain,
  }
  const output = { format: "es", plugins: [withoutAliases()], minifyInternalExports: false }
  const types = await rollup({ ...common, input: sources(TYPED) })
  const every = Object.values(sources(TYPED))
  const reachable = new Map()
  await types.write({
    ...output,
    dir: path("dist/node"),
    entryFileNames: "[name].d.cts",
    chunkFileNames: "[name].d.cts",
    // Declarations that only one entry uses stay in its file.
    manualChunks: (id, { getModuleInfo }) => {
      const users = every.filter((entry) => {
        if (!reachable.has(entry)) reachable.set(entry, closure(entry, getModuleInfo))
        return reachable.get(entry).has(id)
      })
      const main = path("src/index.ts")
      return users.length > 1 || users.includes(main) ? "api" : `${nameOf(users[0])}-api`
    },
  })
  for (const name of TYPED) {
    const file = path(`dist/node/${name}.d.cts`)
    writeFileSync(path(`dist/node/${name}.d.mts`), typesOfFacade(name, readFileSync(file, "utf8")))
  }

  // Frames never use shared memory. The return type of `slice` expresses that in every version of TypeScript: since 5.7,
  // `Uint8Array<ArrayBuffer>` is a separate type, and `Blob` accepts no other.
  const withoutBuffer = (code) =>
    code
      .replace("type Message = Buffer;", `type Message = ReturnType<Uint8Array["slice"]>;`)
      .replace(/\/\*\*[^]*?\*\/|\bBuffer\b/g, (found) => (found === "Buffer" ? "Uint8Array" : found))
  const uint8Array = { name: "no-buffer", renderChunk: withoutBuffer }
  // Programs for these runtimes may be compiled without the library `esnext.disposable`, which declares the same.
  const disposable =
    "interface SymbolConstructor {\n    readonly dispose: unique symbol;\n    readonly asyncDispose: unique symbol;\n  }"
  const typed = entriesOf(/dist\/((?:browser|workerd)\/[\w-]+)\.d\.ts/g)
  const input = Object.fromEntries(typed.map((name) => [name, REALMS[name]]))
  const realms = await rollup({ ...common, input })
  await realms.write({
    ...output,
    plugins: [...output.plugins, uint8Array],
    dir: path("dist"),
    entryFileNames: "[name].d.cts",
    chunkFileNames: "browser/[name].d.cts",
    manualChunks: (id, { getModuleInfo }) => (getModuleInfo(id)?.isEntry === true ? undefined : "api"),
  })
  shareTypes([path("dist/browser/api.d.cts"), path("dist/node/api.d.cts")], path("dist/node/common.d.cts"))
  appendFileSync(path("dist/browser/api.d.cts"), `declare global {\n  ${disposable}\n}\n`)
  for (const name of typed) {
    const types = readFileSync(path(`dist/${name}.d.cts`), "utf8")
    writeFileSync(path(`dist/${name}.d.ts`), typesOfFacade(basename(name), types))
  }
}

/** Declarations of an ES module that exports everything in `types`, the declarations of CommonJS. */
function typesOfFacade(name, types) {
  const lists = [...types.matchAll(/^export (type )?\{ (.*) \}( from .*)?;$/gm)]
  const own = lists.filter(([, , , from]) => from === undefined)
  // The file only re-exports declarations of other files.
  if (own.length === 0) return types
  const passedOn = lists.filter(([, , , from]) => from !== undefined).map(([line]) => line)
  const exported = own.map(([, type = "", list]) => {
    const names = list.split(", ").map((item) => item.split(" as ").pop())
    return `export ${type}{ ${names.filter((item) => item !== "default").join(", ")} } from "./${name}.cjs";`
  })
  // In ES modules, the default export of a CommonJS module is the object with all its exports. Write out its own default export.
  const ownDefault = /^declare const _default: \{[^]*?^\};$/m.exec(types)?.[0]
  if (ownDefault === undefined) return [...passedOn, ...exported, ""].join("\n")
  const names = own.flatMap(([, , list]) => list.split(", ")).filter((item) => !item.endsWith(" as default"))
  // One export for each local name, because some are exported under two names.
  const exportedAs = new Map(names.map((item) => item.split(" as ")).map(([local, as = local]) => [local, as]))
  const imported = types.split("\n").filter((line) => line.startsWith("import {"))
  const known = imported.flatMap((line) =>
    /\{ (.*) \}/
      .exec(line)[1]
      .split(", ")
      .map((item) => item.split(" as ").pop()),
  )
  const used = [...exportedAs]
    .filter(([local]) => new RegExp(`typeof ${local}\\b`).test(ownDefault))
    .filter(([local]) => !known.includes(local))
    .map(([local, as]) => (local === as ? local : `${as} as ${local}`))
  const importing = used.length > 0 ? [`import { ${used.join(", ")} } from "./${name}.cjs";`] : []
  return [...importing, ...imported, ...passedOn, ...exported, ownDefault, "export default _default;", ""].join("\n")
}

/** An ES module that exports the CommonJS module. Named imports of CommonJS would also work, but take Node twice as long. */
function writeFacade(name) {
  const api = require(path(`dist/node/${name}.cjs`))
  const names = Object.keys(api).filter((key) => key !== "__esModule" && key !== "default")
  const exported = names.length > 0 ? `export const {\n${names.map((key) => `  ${key},\n`).join("")}} = api\n` : ""
  writeFileSync(
    path(`dist/node/${name}.mjs`),
    `import { createRequire } from "node:module"
const require = createRequire(import.meta.url)
const api = require("./${name}.cjs")
${exported}${"default" in api ? "export default api.default\n" : ""}`,
  )
}

function common() {
  return { external: [/^(node|cloudflare):/, /^@msgpack\//], onLog: complain }
}

function modules(folder) {
  return {
    dir: path(folder),
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    generatedCode: "es2015",
    hoistTransitiveImports: false,
    plugins: [namedClasses()],
  }
}

function sources(names) {
  return Object.fromEntries(names.map((name) => [name, path(`src/${name}.ts`)]))
}

function nameOf(file) {
  return /([\w-]+)\.ts$/.exec(file)[1]
}

/** Assigns the modules that `entry` loads at startup to one file, `chunk`. */
function shared(entry, chunk) {
  let found
  return (id, { getModuleInfo }) => {
    found ??= closure(path(`src/${entry}.ts`), getModuleInfo)
    return found.has(id) && getModuleInfo(id)?.isEntry !== true ? chunk : undefined
  }
}

/** The chunk of the first of `rules` that has one for a module. */
function firstOf(...rules) {
  return (id, context) => rules.reduce((name, chunkOf) => name ?? chunkOf(id, context), undefined)
}

/** Assigns the modules that several of `entries` load to one file. */
function sharedByAny(entries) {
  let found
  return (id, { getModuleInfo }) => {
    found ??= entries.map((entry) => closure(entry, getModuleInfo))
    return found.filter((modules) => modules.has(id)).length > 1 ? "shared" : undefined
  }
}

/** `id` and all modules that it imports, directly or indirectly. */
function closure(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found
  found.add(id)
  for (const imported of getModuleInfo(id)?.importedIds ?? []) closure(imported, getModuleInfo, found)
  return found
}

function typescript(compile) {
  return {
    name: "typescript",
    resolveId(specifier, importer) {
      if (importer === undefined || !/^\.{1,2}\//.test(specifier)) return undefined
      const file = fileURLToPath(new URL(specifier.replace(/\.js$/, ".ts"), `file://${importer}`))
      return existsSync(file) ? file : undefined
    },
    load: (file) => (file.endsWith(".ts") ? compile(file) : undefined),
  }
}

/** Compiles a file without comments, with a source map. */
async function compile(file) {
  const options = { loader: "ts", target: "es2022", sourcemap: true, sourcefile: file }
  const { code, map } = await transform(readFileSync(file, "utf8"), options)
  return withLines(code, JSON.parse(map), commentLines(code))
}

async function compileForNode(file) {
  const made = await compile(file)
  // With a single character beyond Latin-1, V8 would use two bytes for every character. Only comments contain such characters.
  const wide = /.*[^\0-\xff].*/.exec(made.code)
  if (wide !== null) throw new Error(`${file} contains characters beyond Latin-1: ${wide[0]}`)
  return made
}

/** Numbers of the lines that contain only comments, which compilers keep within classes and objects. */
function commentLines(code, isChosen = () => true) {
  const file = ts.createSourceFile("made.js", code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS)
  const lines = new Set()
  const lineOf = (at) => file.getLineAndCharacterOfPosition(at).line
  const visit = (node) => {
    // Before a node, and after the last one within braces.
    const lists = [node.properties, node.members, node.statements].filter((list) => list !== undefined)
    const places = [node.pos, ...lists.map((list) => list.end)]
    for (const { pos, end } of places.flatMap((place) => ts.getLeadingCommentRanges(code, place) ?? [])) {
      const start = code.lastIndexOf("\n", pos) + 1
      const stop = code.indexOf("\n", end)
      if (/\S/.test(code.slice(start, pos) + code.slice(end, stop)) || !isChosen(code.slice(pos, end))) continue
      for (let line = lineOf(pos); line <= lineOf(end); line++) lines.add(line)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...lines]
}

/** Compiles a file with a source map, and with the comments that are not in the declarations. */
async function compileForReaders(file) {
  const compilerOptions = { target: "es2022", module: "esnext", removeComments: false, sourceMap: true }
  const result = ts.transpileModule(readFileSync(file, "utf8"), { fileName: file, compilerOptions })
  const code = result.outputText.replace(/^\/\/# sourceMappingURL=.*\n?/m, "")
  const comments = await declared
  const repeated = commentLines(code, (comment) => comments.has(withoutLayout(comment)))
  const made = withLines(code, { ...JSON.parse(result.sourceMapText), sources: [file] }, repeated)
  return { ...made, code: indentedByTwo(made.code) }
}

/** Documentation of the public API, which editors show from the declarations. */
function declaredComments() {
  const files = LIBRARY.filter((name) => existsSync(path(`dist/node/${name}.d.cts`))).map((name) => `${name}.d.cts`)
  const texts = ["common.d.cts", "api.d.cts", ...files].map((name) => readFileSync(path(`dist/node/${name}`), "utf8"))
  return new Set(texts.flatMap((text) => text.match(/\/\*\*[^]*?\*\//g) ?? []).map(withoutLayout))
}

function withoutLayout(comment) {
  return comment.replace(/[\s*/]+/g, " ").trim()
}

/** TypeScript indents by four spaces. Lines within a template are text, and stay as they are. */
function indentedByTwo(code) {
  const file = ts.createSourceFile("made.js", code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS)
  const text = new Set()
  const lineOf = (at) => file.getLineAndCharacterOfPosition(at).line
  const visit = (node) => {
    if (ts.isTemplateLiteralToken(node)) {
      for (let line = lineOf(node.getStart(file)) + 1; line <= lineOf(node.end); line++) text.add(line)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  const lines = code.split("\n")
  return lines.map((line, index) => (text.has(index) ? line : line.replace(/^( +)\1/, "$1"))).join("\n")
}

/** Bundled packages are separate files. `place` returns their paths. */
function vendor(place) {
  return {
    name: "vendor",
    resolveId(specifier) {
      const [, name, extension] = /\/vendor\/([\w-]+)\.(cjs|wasm)$/.exec(specifier) ?? []
      return name === undefined ? undefined : { id: place(name, extension), external: true }
    },
  }
}

function complain(level, { message }) {
  // TS2742: aliases of classes, which are removed when the declarations are joined. An entry may contain only types.
  if (level === "warn" && !/TS2742|^Generated an empty chunk/.test(message)) throw new Error(message)
}
