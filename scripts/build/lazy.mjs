// Modules that are loaded on first use, in the CommonJS build for Node, because most of the loading time would be spent on
// compiling code that many programs never use. In the sources, these are ordinary imports, which every tool understands. Here,
// each import of such a module by any other module becomes a `require` at the first call. The entries contain the calls of
// `require`, because such modules depend on the shared code: if it also depended on them, Rollup would warn about cycles when
// it bundles this build. For the same reason, they contain those of modules that the shared code loads with `import()`.
//
// Only functions and classes can be imported in this way, and they must be used only inside functions. `check` verifies both: if
// one is used elsewhere, the module is loaded immediately, which `check` detects.
import { createRequire } from "node:module"
import { join } from "node:path"

const HELPER = "\0lazily"
const GROUP = "\0lazy:"

/**
 * A plugin of Rollup.
 * @param groups Paths of the modules that are loaded on first use, by the name of the chunk that they share.
 * @param imported Paths of modules that are loaded with `import()`, by the name of their chunk.
 * @param entries By the path of an entry: the names of the chunks that its program may load, or `undefined` for all.
 */
export function lazily(groups, imported, entries) {
  const chunkOf = new Map(Object.entries(imported).map(([name, id]) => [id, name]))
  const groupOf = new Map(Object.entries(groups).flatMap(([name, ids]) => ids.map((id) => [id, name])))
  /** By the name of the group: the names that are imported from it. */
  const used = new Map()
  /** By the path of an entry: code that tells the helper how to load chunks. */
  const registering = new Map()
  return {
    name: "lazily",

    buildStart() {
      const ids = [...Object.keys(groups).map((name) => [name, `${GROUP}${name}`]), ...Object.entries(imported)]
      const loaders = ids.map(([name, id]) => {
        const chunk = this.emitFile({ type: "chunk", id, name })
        return { name, code: `"${name}": () => require(import.meta.ROLLUP_FILE_URL_${chunk})` }
      })
      for (const [entry, names] of Object.entries(entries)) {
        const list = loaders.filter(({ name }) => names === undefined || names.includes(name)).map(({ code }) => code)
        registering.set(
          entry,
          `import { loaders as toLoad } from "${HELPER}"; Object.assign(toLoad, { ${list.join(", ")} });`,
        )
      }
    },

    resolveId: (specifier) => (specifier === HELPER || specifier.startsWith(GROUP) ? specifier : undefined),

    load(id) {
      if (id === HELPER) {
        return `export const loaders = {}
export const lazily = (group, name) => {
  let loaded
  const resolve = () => (loaded ??= loaders[group]()[name])
  return new Proxy(class {}, {
    apply: (_target, _this, args) => resolve()(...args),
    construct: (_target, args) => new (resolve())(...args),
    get: (_target, key) => Reflect.get(resolve(), key),
  })
}`
      }
      if (!id.startsWith(GROUP)) return undefined
      return groups[id.slice(GROUP.length)].map((module) => `export * from ${JSON.stringify(module)}`).join("\n")
    },

    async transform(code, importer) {
      if (groupOf.has(importer) || importer.startsWith(GROUP)) return undefined
      let result = code
      for (const node of this.parse(code).body.reverse()) {
        if (node.type !== "ImportDeclaration") continue
        const resolved = await this.resolve(node.source.value, importer)
        const group = groupOf.get(resolved?.id)
        if (group === undefined) continue
        if (!used.has(group)) used.set(group, new Set())
        const lines = node.specifiers.map(({ imported, local }) => {
          used.get(group).add(imported.name)
          return `const ${local.name} = /* @__PURE__ */ lazily("${group}", "${imported.name}");`
        })
        result = result.slice(0, node.start) + lines.join(" ") + result.slice(node.end)
      }
      for (const [expression, specifier] of result.matchAll(/\bimport\("([^"]+)"\)/g)) {
        const name = chunkOf.get((await this.resolve(specifier, importer))?.id)
        if (name !== undefined)
          result = result.replace(expression, `Promise.resolve().then(() => loaders["${name}"]())`)
      }
      if (result !== code) result = `import { lazily, loaders } from "${HELPER}"; ${result}`
      if (registering.has(importer)) result = `${registering.get(importer)}\n${result}`
      return result === code ? undefined : { code: result, map: null }
    },

    // The path relative to the chunk that loads them.
    resolveFileUrl: ({ relativePath }) => JSON.stringify(`./${relativePath}`),

    /** Loads `entry`, then all lazy modules. @throws Error if a module was loaded too early, or exports another value. */
    check(folder, entry) {
      const require = createRequire(import.meta.url)
      require(join(folder, entry))
      const files = Object.fromEntries(
        [...Object.keys(groups), ...Object.keys(imported)].map((name) => [name, join(folder, `${name}.cjs`)]),
      )
      for (const name of Object.keys(files)) {
        if (require.cache[files[name]] !== undefined)
          throw new Error(`${name} is loaded at startup: use its exports only inside functions`)
      }
      for (const name of Object.keys(groups)) {
        if (!used.has(name)) throw new Error(`No module imports the modules of ${name}`)
        const exported = require(files[name])
        for (const key of used.get(name)) {
          if (typeof exported[key] !== "function") throw new Error(`${key} of ${name} is not a function`)
        }
      }
    },
  }
}
