// What the builds of this package have in common: the sources, plugins of Rollup, and rules for chunks.
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { namedClasses } from "./names.mjs"

/** The absolute path of a file in this repository. */
export function path(name) {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url))
}

/** The sources of entries, by name. */
export function sources(names) {
  return Object.fromEntries(names.map((name) => [name, path(`src/${name}.ts`)]))
}

export function nameOf(file) {
  return /([\w-]+)\.ts$/.exec(file)[1]
}

/** Options of all bundles. */
export function common() {
  return { external: [/^(node|cloudflare):/, /^@msgpack\//], onLog: complain }
}

/** Options of ES modules in `folder`. */
export function modules(folder) {
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

/** A plugin of Rollup that compiles the sources. */
export function typescript(compile) {
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

/** Bundled packages are separate files. `place` returns their paths. */
export function vendor(place) {
  return {
    name: "vendor",
    resolveId(specifier) {
      const [, name, extension] = /\/vendor\/([\w-]+)\.(cjs|wasm)$/.exec(specifier) ?? []
      return name === undefined ? undefined : { id: place(name, extension), external: true }
    },
  }
}

/** Assigns the modules that `entry` loads at startup to one file, `chunk`. */
export function shared(entry, chunk) {
  let found
  return (id, { getModuleInfo }) => {
    found ??= closure(path(`src/${entry}.ts`), getModuleInfo)
    return found.has(id) && getModuleInfo(id)?.isEntry !== true ? chunk : undefined
  }
}

/** Assigns the modules that several of `entries` load to one file. */
export function sharedByAny(entries, chunk) {
  let found
  return (id, { getModuleInfo }) => {
    found ??= entries.map((entry) => closure(entry, getModuleInfo))
    return found.filter((modules) => modules.has(id)).length > 1 ? chunk : undefined
  }
}

/** The chunk of the first of `rules` that has one for a module. */
export function firstOf(...rules) {
  return (id, context) => rules.reduce((name, chunkOf) => name ?? chunkOf(id, context), undefined)
}

/** `id` and all modules that it imports, directly or indirectly. */
export function closure(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found
  found.add(id)
  for (const imported of getModuleInfo(id)?.importedIds ?? []) closure(imported, getModuleInfo, found)
  return found
}

/** Stops the build at a warning. */
export function complain(level, { message }) {
  // TS2742: aliases of classes, which are removed when the declarations are joined. An entry may contain only types.
  if (level === "warn" && !/TS2742|^Generated an empty chunk/.test(message)) throw new Error(message)
}
