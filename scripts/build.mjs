// Builds the published files, in dist:
//   node/     CommonJS with comments, for Node, Bun, Deno, and bundlers. `import` uses it, too, through a facade for each entry, so
//             that the classes are the same for `import` and `require`. The declarations are also here.
//   browser/  ES modules for pages, without Buffer and Node-only features, and their declarations.
//   workerd/  The same for Cloudflare's runtime, with its sockets, and libsodium as a WebAssembly module.
// The entries are those of `exports` in package.json. Shared code is in one file, because each file takes time to load.
// Modules that the sources load with `import()` have separate files.
// The manual page, man/zmtp.1, is generated from the commands of the command line.
import { execFileSync } from "node:child_process"
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename } from "node:path"
import { rollup } from "rollup"
import { dts } from "rollup-plugin-dts"
import { builtins } from "./build/builtins.mjs"
import {
  closure,
  common,
  complain,
  firstOf,
  modules,
  nameOf,
  path,
  shared,
  sharedByAny,
  sources,
  typescript,
  vendor,
} from "./build/bundles.mjs"
import { compile, compileWithComments, inLatin1, withoutLayout } from "./build/compile.mjs"
import { namedClasses, withoutAliases } from "./build/names.mjs"
import { ioThreadText, writeIoThreadText } from "./build/io-thread.mjs"
import { lazily } from "./build/lazy.mjs"
import { licenses } from "./build/licenses.mjs"
import { shareTypes } from "./build/shared-types.mjs"
import { buildVendor } from "./build/vendor.mjs"
import { readOptions } from "./options.mjs"

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
  {
    attachment: path("src/transports/attached/attachment.ts"),
    "open-carrier": path("src/transports/epgm/open-carrier.ts"),
  },
  {
    [path("src/index.ts")]: undefined,
    [path("src/draft.ts")]: undefined,
    [path("src/entry/io-thread.ts")]: undefined,
    [path("src/io-threads.ts")]: ["io-context"],
    [path("src/protocol.ts")]: ["curve"],
  },
)

rmSync(path("dist"), { recursive: true, force: true })
const declared = buildTypes().then(declaredComments)
await Promise.all([buildVendor(path(".")), buildNode(), buildRealms(), declared])
cpSync(path("vendor/libsodium.cjs"), path("dist/node/libsodium.cjs"))
cpSync(path("vendor/ws.cjs"), path("dist/node/ws.cjs"))
await writeIoThreadText(path("src/entry/io-thread.ts"), path("dist/node"))
cpSync(path("scripts/libsodium/libsodium-small.wasm"), path("dist/workerd/libsodium.wasm"))
// Loading these modules emits a warning about an experimental feature.
process.removeAllListeners("warning")
if (!apart) onFirstUse.check(path("dist/node"), "index.cjs")
mkdirSync(path("dist/bundlers"))
for (const name of LIBRARY) writeFacades(name)
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
      ioThreadText("cjs"),
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
    ...(apart
      ? { sourcemap: true, preserveModules: true, preserveModulesRoot: path("src") }
      : {
          manualChunks: firstOf(
            shared("index", "core"),
            shared("platform/node/stream-transports", "network-core"),
            shared("transports/attached/custom-transport", "network-core"),
          ),
        }),
    plugins: [namedClasses(), builtins()],
  })
}

async function buildRealms() {
  // Runtimes without Node get plain Uint8Arrays, even if they have a global Buffer.
  const withoutBuffer = async (file) => (await compile(file)).replace(/\btypeof Buffer\b/g, '"undefined"')
  const plugins = [vendor((name, extension) => `./${name}.${extension}`), noCurve(), typescript(withoutBuffer)]
  const bundle = await rollup({ ...common(), input: REALMS, plugins })
  await bundle.write({
    ...modules("dist"),
    chunkFileNames: "browser/[name].js",
    manualChunks: firstOf(
      shared("protocol", "engine"),
      // In a Worker, `zmtp/browser` shares no other code with pages.
      sharedByAny(
        Object.values(REALMS).filter((file) => nameOf(file) !== "browser-workerd"),
        "shared",
      ),
    ),
  })
}

/** Without Node, `zmtp/protocol` does not include libsodium. */
function noCurve() {
  const [replaced, by] = ["load-curve", "no-curve"].map((name) => path(`src/security/${name}.ts`))
  const load = (id) => (id === replaced ? `export { loadCurve } from ${JSON.stringify(by)}` : undefined)
  return { name: "no-curve", load }
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

/**
 * ES modules that export the CommonJS module: one for Node, and one that bundlers understand, which takes Node 1 ms longer because
 * it scans the CommonJS module for exports.
 */
function writeFacades(name) {
  const api = require(path(`dist/node/${name}.cjs`))
  const names = Object.keys(api).filter((key) => key !== "__esModule" && key !== "default")
  const list = `{\n${names.map((key) => `  ${key},\n`).join("")}}`
  writeFileSync(
    path(`dist/node/${name}.mjs`),
    `import { createRequire } from "node:module"
const require = createRequire(import.meta.url)
const api = require("./${name}.cjs")
${names.length > 0 ? `export const ${list} = api\n` : ""}${"default" in api ? "export default api.default\n" : ""}`,
  )
  const file = `"../node/${name}.cjs"`
  const named = names.length > 0 ? `export ${list} from ${file}\n` : `import ${file}\nexport {}\n`
  // Bundlers disagree on whether the default import is the module's default export, or an object with all its exports.
  const own = "default" in api ? `import api from ${file}\nexport default api.default ?? api\n` : ""
  writeFileSync(path(`dist/bundlers/${name}.js`), named + own)
}

/**
 * Keeps the comments that are most useful in a debugger: on members of classes, and within functions. Those that are in the
 * declarations, too, are omitted.
 */
async function compileForNode(file) {
  if (apart) return compileWithComments(file)
  const comments = await declared
  const isCli = file.startsWith(path("src/cli"))
  const isOmitted = (comment, isOutermost) =>
    isCli || (isOutermost && comment.startsWith("/**")) || comments.has(withoutLayout(comment))
  return { code: inLatin1(compileWithComments(file, isOmitted).code) }
}

/** Documentation of the public API, which editors show from the declarations. */
function declaredComments() {
  const files = LIBRARY.filter((name) => existsSync(path(`dist/node/${name}.d.cts`))).map((name) => `${name}.d.cts`)
  const texts = ["common.d.cts", "api.d.cts", ...files].map((name) => readFileSync(path(`dist/node/${name}`), "utf8"))
  return new Set(texts.flatMap((text) => text.match(/\/\*\*[^]*?\*\//g) ?? []).map(withoutLayout))
}
