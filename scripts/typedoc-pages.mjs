// @ts-check
/**
 * Pages of the site are called by their first heading, and grouped by their folder. So the Markdown needs no front
 * matter, which GitHub would show as a table. Options have no value that could be printed: they are declared by their entry in
 * a table.
 */
import { Converter } from "typedoc"

/** @type {[RegExp, string][]} */
const GROUPS = [
  [/\/docs\/guide\/patterns\//, "Patterns"],
  [/\/docs\/guide\//, "Guide"],
  [/\/(docs|src)\//, "In depth"],
  [/\.md$/, "Project"],
]

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    if (!page.isDocument()) return
    const text = page.content.map(({ text }) => text).join("")
    const heading = /^# (.+)$/m.exec(text)?.[1]
    if (heading !== undefined) page.name = heading
    const path = page.project.files.getReflectionPath(page) ?? ""
    const group = GROUPS.find(([folder]) => folder.test(path))?.[1]
    if (group !== undefined) page.frontmatter["group"] = group
  })
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (reflection.defaultValue === "...") delete reflection.defaultValue
  })
}
