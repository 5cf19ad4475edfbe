import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import { decode, encode } from "@jridgewell/sourcemap-codec"

/**
 * Removes the lines `comments` from compiled code, and maps each line to the line of its source. Rollup looks up the beginning
 * of a line, for which compilers emit no mapping, or the end of the previous line.
 */
export function withLines(code, map, comments = []) {
  const mappings = decode(map.mappings)
  const lines = code.split("\n")
  const kept = [...lines.keys()].filter((line) => !comments.includes(line))
  return {
    code: kept.map((line) => lines[line]).join("\n"),
    map: {
      ...map,
      names: [],
      mappings: encode(
        kept.map((line) => {
          const indentation = /^\s*/.exec(lines[line])[0].length
          const segment = mappings[line]?.findLast(([column]) => column <= indentation)
          return segment === undefined ? [] : [[0, segment[1], segment[2], 0]]
        }),
      ),
    },
  }
}

/** Reduces source maps to lines, without columns, which makes them a fifth of the size. */
export function lineByLine() {
  return {
    name: "line-by-line",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".map")) continue
        const map = JSON.parse(file.source)
        map.mappings = encode(
          decode(map.mappings).map((line) =>
            line.slice(0, 1).map(([column, source, row, from]) => [column, source, row, from]),
          ),
        )
        map.names = []
        file.source = JSON.stringify(map)
      }
    },
  }
}

/**
 * Finds the lines of the sources in the build with comments.
 *
 * @returns A Rollup plugin that records them and removes the source maps, which that build does not need; and the records.
 */
export function readableLines() {
  /** By the path of a source: the file that contains it, and the line number in that file for each of its lines. */
  const lines = new Map()
  const plugin = {
    name: "readable-lines",
    generateBundle({ dir }, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type !== "asset" || !name.endsWith(".map")) continue
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- how plugins keep a file from being written
        delete bundle[name]
        const readable = join(dir, basename(name, ".map"))
        const { sources, mappings } = JSON.parse(file.source)
        for (const [line, [segment]] of decode(mappings).entries()) {
          if (segment === undefined) continue
          const source = resolve(dir, sources[segment[1]])
          if (!lines.has(source)) lines.set(source, { file: readable, places: [] })
          lines.get(source).places[segment[2]] ??= line
        }
      }
    },
  }
  return { plugin, lines }
}

/** Minimum share of a source's lines that a readable file must contain. Some lines, such as types, are in no built file. */
const MOST = 0.8

/**
 * Makes the source maps in `folder` refer to the readable files in `lines`, instead of containing the sources. Lines of other
 * sources, such as those of the command line, are not mapped, because the code built from them is readable. If no line of a
 * file is mapped, its source map is removed.
 */
export function leadToReadable(folder, lines) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".map"))) {
    const file = join(folder, name)
    const map = JSON.parse(readFileSync(file, "utf8"))
    const sources = []
    const indexOf = (source) => (sources.includes(source) ? sources.indexOf(source) : sources.push(source) - 1)
    const segments = decode(map.mappings)
    const isReadable = map.sources.map((name, index) => {
      const readable = lines.get(resolve(folder, name))
      const used = segments.flatMap(([segment]) => (segment?.[1] === index ? [segment[2]] : []))
      // Bundlers may include only a part of a source.
      return used.filter((line) => readable?.places[line] !== undefined).length > used.length * MOST
    })
    const mappings = segments.map(([segment]) => {
      if (segment === undefined) return []
      const [column, source, line] = segment
      const readable = lines.get(resolve(folder, map.sources[source]))
      if (!isReadable[source]) return [[column]]
      return [[column, indexOf(relative(folder, readable.file)), placeOf(readable.places, line), 0]]
    })
    if (sources.length === 0) {
      rmSync(file)
      const built = join(folder, basename(name, ".map"))
      writeFileSync(built, readFileSync(built, "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, ""))
      continue
    }
    const { version, file: generated, names } = map
    writeFileSync(file, JSON.stringify({ version, file: generated, sources, names, mappings: encode(mappings) }))
  }
}

/** The position of `line`, or of the nearest line before it, because types, for example, are in no built file. */
function placeOf(places, line) {
  for (let known = line; known >= 0; known--) if (places[known] !== undefined) return places[known]
  return 0
}
