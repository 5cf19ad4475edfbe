import { transform } from "esbuild"
import { readFileSync } from "node:fs"
import ts from "typescript"

/** Compiles a file without comments. */
export async function compile(file) {
  const { code } = await transform(readFileSync(file, "utf8"), { loader: "ts", target: "es2022" })
  return withoutLines(code, commentLines(code))
}

/**
 * Compiles a file with comments.
 * @param isOmitted Whether to omit a comment, given its text and whether it is outside of classes and functions. With the default,
 *   none, there is a source map, too.
 */
export function compileWithComments(file, isOmitted) {
  const compilerOptions = { target: "es2022", module: "esnext", removeComments: false, sourceMap: true }
  const { outputText, sourceMapText } = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions,
  })
  const code = outputText.replace(/^\/\/# sourceMappingURL=.*\n?/m, "")
  if (isOmitted !== undefined) return { code: indentedByTwo(withoutLines(code, commentLines(code, isOmitted))) }
  return { code: indentedByTwo(code), map: { ...JSON.parse(sourceMapText), sources: [file] } }
}

/** Texts of comments are compared without asterisks and indentation. */
export function withoutLayout(comment) {
  return comment.replace(/[\s*/]+/g, " ").trim()
}

function withoutLines(code, omitted) {
  const lines = new Set(omitted)
  return code
    .split("\n")
    .filter((_, line) => !lines.has(line))
    .join("\n")
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
      if (/\S/.test(code.slice(start, pos) + code.slice(end, stop)) || !isChosen(code.slice(pos, end), start === pos))
        continue
      for (let line = lineOf(pos); line <= lineOf(end); line++) lines.add(line)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...lines]
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

/** With a single character beyond Latin-1, V8 would use two bytes for every character of a file. */
export function inLatin1(code) {
  return code
    .replace(/\/\*[^]*?\*\/|^ *\/\/.*/gm, (comment) => comment.replaceAll("\u2026", "..."))
    .replace(/[^\0-\xff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
}
