/**
 * Restores the names of classes. If two modules use the same name, Rollup renames one of them to `Socket$1`, which
 * `util.inspect` would show.
 */
export function namedClasses() {
  return {
    name: "named-classes",
    renderChunk(code) {
      const lines = code.split("\n")
      for (const [index, line] of lines.entries()) {
        const match = /^class ((\w+?)\$\d+)(?= )/.exec(line)
        if (match === null) continue
        const [declaration, unique, name] = match
        lines[index] = `const ${unique} = class ${name}${line.slice(declaration.length)}`
        const end = lines.indexOf("}", index)
        if (end >= 0) lines[end] = "};"
      }
      return { code: lines.join("\n"), map: null }
    },
  }
}

/**
 * Merges declarations of the form `declare const Socket$1: typeof Socket$2` with `type Socket$1 = Socket$2` into one class with
 * its own name, which editors and compiler errors show.
 */
export function withoutAliases() {
  return {
    name: "without-aliases",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter(({ type }) => type === "chunk")
      for (const chunk of chunks) chunk.code = withoutAlias(chunk.code)
      const different = new Set(chunks.flatMap(({ code }) => differentExports(code)))
      for (const chunk of chunks) chunk.code = withOwnExports(chunk.code, different)
    },
  }
}

function withoutAlias(code) {
  const alias =
    /(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?declare const ([\w$]+): typeof ([\w$]+);\n(?:declare )?type \1(?:<[^\n]*>)? = \2(?:<[^\n]*>)?;\n/
  let text = code
  for (let match = alias.exec(text); match !== null; match = alias.exec(text)) {
    const [declaration, name, target] = match
    const own = name.replace(/\$\d+$/, "")
    text = text.replace(declaration, "")
    text = rename(rename(text, name, target), target, `\0${own}`)
    // Another declaration that already has the name.
    text = rename(text, own, `${own}$0`).replaceAll("\0", "")
  }
  return text
}

/** Names such as `capability$1` whose export differs from the export `capability` of the same chunk. */
function differentExports(code) {
  const items = [...code.matchAll(/^export (?:type )?\{ (.*) \};/gm)].flatMap(([, list]) => list.split(", "))
  const exported = items.map((item) => item.split(" as ")).map(([local, as = local]) => ({ local, as }))
  return exported
    .filter(({ local, as }) => {
      const own = as.replace(/\$\d+$/, "")
      return own !== as && exported.some((other) => other.as === own && other.local !== local)
    })
    .map(({ as }) => as)
}

/**
 * Merges the exports `Socket` and `Socket$1` of a chunk into one, and makes other chunks import it by its own name.
 * @param different Exports that must not be merged.
 */
function withOwnExports(code, different) {
  return code.replace(
    /^(import|export) (type )?\{ (.*) \}(?= from|;)( from)?/gm,
    (_, verb, type = "", list, from = "") => {
      const elsewhere = (name) => (different.has(name) ? name : name.replace(/\$\d+$/, ""))
      const names = list.split(", ").map((item) => {
        const [left, right = left] = item.split(" as ")
        const name = from === "" ? left : elsewhere(left)
        const as = verb === "import" ? right : elsewhere(right)
        return name === as ? name : `${name} as ${as}`
      })
      return `${verb} ${type}{ ${[...new Set(names)].join(", ")} }${from}`
    },
  )
}

function rename(text, from, to) {
  return text.replace(new RegExp(`(?<![\\w$\\0])${from.replaceAll("$", "\\$")}(?![\\w$])`, "g"), () => to)
}
