/**
 * A plugin of Rollup that loads the modules of Node without `require`, which esbuild would leave in an ES module, where it fails.
 */
export function builtins() {
  return {
    name: "builtins",
    renderChunk: (code) => ({
      // As many lines as before, so that source maps remain correct.
      code: code.replace(/\brequire\('(node:[\w/]+)'\)/g, `process.getBuiltinModule("$1")`),
      map: null,
    }),
    // The location of the file in the package. In a bundle, it is `undefined`.
    resolveImportMeta(property, { chunkId }) {
      if (property !== "url") return undefined
      const isHere = `typeof __filename === "string" && __filename.endsWith(${JSON.stringify(chunkId.split("/").pop())})`
      return `(${isHere} ? process.getBuiltinModule("node:url").pathToFileURL(__filename).href : undefined)`
    },
  }
}
