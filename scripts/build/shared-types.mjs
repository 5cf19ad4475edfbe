import { readFileSync, writeFileSync } from "node:fs"
import { dirname, relative } from "node:path"
import ts from "typescript"

/**
 * Moves the declarations that are the same in all `files` to the file `shared`, from which `files` import them. A declaration that
 * refers to a different one is different, too: a typed view depends on `Message`, which is a Buffer only in Node.
 */
export function shareTypes(files, shared) {
  const parsed = files.map((file) => ({ file, ...parse(file) }))
  const names = namesOfSame(parsed)
  const [{ declarations }] = parsed
  const text = names.map((name) => declarations.get(name).text).join("")
  const lists = ["export", "export type"].map((keyword) => {
    const listed = names.filter((name) => declarations.get(name).isType === (keyword === "export type"))
    return `${keyword} { ${listed.join(", ")} };\n`
  })
  writeFileSync(shared, `${text.trim()}\n\n${lists.join("")}`)

  for (const { file, source } of parsed) {
    const rest = source.statements.filter((statement) => !names.includes(nameOf(statement)))
    const used = referencesOf(rest)
    const imported = names.filter((name) => used.has(name)).join(", ")
    const path = relative(dirname(file), shared).replace(/\.d\.cts$/, ".cjs")
    const code = rest.map((statement) => statement.getFullText(source)).join("")
    writeFileSync(file, `import { ${imported} } from '${path.startsWith(".") ? path : `./${path}`}';\n${code.trim()}\n`)
  }
}

function parse(file) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true)
  /** By name: the text, which may consist of several statements, and the names that it refers to. */
  const declarations = new Map()
  for (const statement of source.statements) {
    const name = nameOf(statement)
    if (name === undefined) continue
    const { text = "", isType = true, references = [] } = declarations.get(name) ?? {}
    declarations.set(name, {
      text: text + statement.getFullText(source),
      isType: isType && (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)),
      references: [...references, ...referencesOf([statement])],
    })
  }
  const imported = source.statements.flatMap(({ importClause }) => importClause?.namedBindings?.elements ?? [])
  return { source, declarations, imported: imported.map(({ name }) => name.text) }
}

/** Names of the declarations that are the same in all files, and refer only to such declarations and to global ones. */
function namesOfSame(parsed) {
  const [{ declarations: first }, ...others] = parsed
  const isSame = ([name, { text }]) =>
    others.every(({ declarations }) => declarations.get(name)?.text.trim() === text.trim())
  const names = new Set([...first].filter(isSame).map(([name]) => name))
  const known = new Set(parsed.flatMap(({ declarations, imported }) => [...declarations.keys(), ...imported]))
  const isDifferent = (name) => known.has(name) && !names.has(name)
  for (let before; before !== names.size;) {
    before = names.size
    for (const name of names) if (first.get(name).references.some(isDifferent)) names.delete(name)
  }
  return [...names]
}

/** The name that a statement declares, or `undefined` if it declares none. */
function nameOf(statement) {
  const { name } = statement.declarationList?.declarations[0] ?? statement
  return name !== undefined && ts.isIdentifier(name) && name.text !== "global" ? name.text : undefined
}

/** Names that statements refer to: types, values whose types are used, base classes, and what a list exports. */
function referencesOf(statements) {
  const found = new Set()
  const add = (name) => {
    let first = name
    while (!ts.isIdentifier(first)) first = first.left ?? first.expression
    found.add(first.text)
  }
  const visit = (node) => {
    if (ts.isTypeReferenceNode(node)) add(node.typeName)
    else if (ts.isTypeQueryNode(node)) add(node.exprName)
    else if (ts.isExpressionWithTypeArguments(node) || ts.isComputedPropertyName(node)) add(node.expression)
    else if (ts.isExportSpecifier(node)) add(node.propertyName ?? node.name)
    ts.forEachChild(node, visit)
  }
  for (const statement of statements) visit(statement)
  return found
}
