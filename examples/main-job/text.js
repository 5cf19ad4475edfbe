import { readdir, readFile, stat } from "node:fs/promises"
import { join, relative } from "node:path"

/** Maximum length of the text of one task, in characters; a longer line is a separate task. */
const TASK_LENGTH = 100

/** Folders with third-party or generated files. */
const SKIPPED = new Set(["node_modules", "dist", "coverage"])

/** The text files in `folder` and below, sorted by path; names that begin with a dot are skipped. */
export async function readFolder(folder) {
  if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is not a folder`)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => path.split(/[\\/]/).every((name) => !name.startsWith(".") && !SKIPPED.has(name)))
    .sort()
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(folder, path), "utf8") })),
  )
  return files.filter(({ text }) => !text.includes("\0"))
}

/** Splits `text` between lines, so that no word is split. */
export function* tasksOf(text) {
  let start = 0
  while (start < text.length) {
    const near = text.lastIndexOf("\n", start + TASK_LENGTH - 1)
    const line = near >= start ? near : text.indexOf("\n", start)
    const end = line < 0 ? text.length : line + 1
    yield text.slice(start, end)
    start = end
  }
}

export function countWords(text) {
  return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0
}
