// Modules that are loaded on first use, in the CommonJS build for Node, because most of the loading time would be spent on
// compiling code that many programs never use. In the sources, these are ordinary imports, which every tool understands. Here,
// each import of such a module by any other module becomes a `require` at the first call.
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
 */
export function lazily(groups) {
  const groupOf = new Map(Object.entries(groups).flatMap(([name, ids]) => ids.map((id) => [id, name])))
  /** By the name of the group: the reference of its chunk, and the names that are imported from it. */
  const chunks = new Map()
  return {
    name: "lazily",

    resolveId: (specifier) => (specifier === HELPER || specifier.startsWith(GROUP) ? specifier : undefined),

    load(id) {
      if (id === HELPER) {
        return `export const lazily = (load, name) => {
  let loaded
  const resolve = () => (loaded ??= load()[name])
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
        if (!chunks.has(group)) {
          const chunk = this.emitFile({ type: "chunk", id: `${GROUP}${group}`, name: group })
          chunks.set(group, { chunk, names: new Set() })
        }
        const { chunk, names } = chunks.get(group)
        // On one line, like the import, so that source maps remain correct.
        const lines = node.specifiers.map(({ imported, local }) => {
          names.add(imported.name)
          const load = `() => require(import.meta.ROLLUP_FILE_URL_${chunk})`
          return `const ${local.name} = /* @__PURE__ */ lazily(${load}, "${imported.name}");`
        })
        result = result.slice(0, node.start) + lines.join(" ") + result.slice(node.end)
      }
      return result === code ? undefined : { code: `import { lazily } from "${HELPER}"; ${result}`, map: null }
    },

    // The path relative to the chunk that loads them.
    resolveFileUrl: ({ relativePath }) => JSON.stringify(`./${relativePath}`),

    /** Loads `entry`, then all lazy modules. @throws Error if a module was loaded too early, or exports another value. */
    check(folder, entry) {
      const require = createRequire(import.meta.url)
      require(join(folder, entry))
      for (const name of Object.keys(groups)) {
        const file = join(folder, `${name}.cjs`)
        if (!chunks.has(name)) throw new Error(`No module imports the modules of ${name}`)
        if (require.cache[file] !== undefined)
          throw new Error(`${name} is loaded at startup: use its exports only inside functions`)
        const exported = require(file)
        for (const used of chunks.get(name).names) {
          if (typeof exported[used] !== "function") throw new Error(`${used} of ${name} is not a function`)
        }
      }
    },
  }
}
