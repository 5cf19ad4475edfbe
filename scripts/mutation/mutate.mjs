// Adds every possible mutation to a source file, each behind a switch: the file is loaded once, and `globalThis.mutated(id)`
// returns whether a mutation is active.
import ts from "typescript"

const OTHER_OPERATORS = new Map([
  [ts.SyntaxKind.LessThanToken, [ts.SyntaxKind.LessThanEqualsToken, ts.SyntaxKind.GreaterThanEqualsToken]],
  [ts.SyntaxKind.LessThanEqualsToken, [ts.SyntaxKind.LessThanToken, ts.SyntaxKind.GreaterThanToken]],
  [ts.SyntaxKind.GreaterThanToken, [ts.SyntaxKind.GreaterThanEqualsToken, ts.SyntaxKind.LessThanEqualsToken]],
  [ts.SyntaxKind.GreaterThanEqualsToken, [ts.SyntaxKind.GreaterThanToken, ts.SyntaxKind.LessThanToken]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, [ts.SyntaxKind.ExclamationEqualsEqualsToken]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, [ts.SyntaxKind.EqualsEqualsEqualsToken]],
  [ts.SyntaxKind.AmpersandAmpersandToken, [ts.SyntaxKind.BarBarToken]],
  [ts.SyntaxKind.BarBarToken, [ts.SyntaxKind.AmpersandAmpersandToken]],
  [ts.SyntaxKind.PlusToken, [ts.SyntaxKind.MinusToken]],
  [ts.SyntaxKind.MinusToken, [ts.SyntaxKind.PlusToken]],
  [ts.SyntaxKind.AsteriskToken, [ts.SyntaxKind.SlashToken]],
  [ts.SyntaxKind.SlashToken, [ts.SyntaxKind.AsteriskToken]],
  [ts.SyntaxKind.PercentToken, [ts.SyntaxKind.AsteriskToken]],
  [ts.SyntaxKind.AmpersandToken, [ts.SyntaxKind.BarToken]],
  [ts.SyntaxKind.BarToken, [ts.SyntaxKind.AmpersandToken]],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, [ts.SyntaxKind.LessThanLessThanToken]],
  [ts.SyntaxKind.LessThanLessThanToken, [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken]],
])

/**
 * Returns the text of `source` with all mutations behind switches, and their descriptions.
 * @param from Number of the first mutation.
 */
export function mutate(path, source, from) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS)
  const mutants = []
  const { factory } = ts

  function note(node, what) {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
    const id = from + mutants.length
    mutants.push({ id, path, line: line + 1, what })
    return factory.createCallExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier("globalThis"), "mutated"),
      undefined,
      [factory.createNumericLiteral(id)],
    )
  }

  /** `original`, or `other` if the mutation is active. */
  function either(node, what, other, original) {
    return factory.createParenthesizedExpression(
      factory.createConditionalExpression(note(node, what), undefined, other, undefined, original),
    )
  }

  /** Whether `node` runs inside a function. Code that runs when the module is loaded cannot be switched later. */
  function inFunction(node) {
    for (let outer = node.parent; outer !== undefined; outer = outer.parent) {
      if (ts.isFunctionLike(outer) && outer.body !== undefined) return true
      if (ts.isPropertyDeclaration(outer))
        return !outer.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
    }
    return false
  }

  const result = ts.transform(file, [
    (context) => {
      const visit = (node) => {
        if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return node
        if (ts.isTypeAliasDeclaration(node) || ts.isExportDeclaration(node)) return node
        // Do not mutate error messages.
        if (ts.isNewExpression(node) || isZmqError(node)) return visitArguments(node)
        // Tests run in Node, where code for platforms without `Buffer` is never called.
        if (ts.isConditionalExpression(node) && asksForBuffer(node.condition)) return visitLast(node)
        const visited = ts.visitEachChild(node, visit, context)
        if (!inFunction(node)) return visited
        return change(node, visited)
      }
      const visitLast = (node) =>
        factory.updateConditionalExpression(
          node,
          node.condition,
          node.questionToken,
          node.whenTrue,
          node.colonToken,
          ts.visitNode(node.whenFalse, visit),
        )
      const visitArguments = (node) =>
        ts.visitEachChild(node, (child) => (isText(child) ? child : visit(child)), context)
      return (root) => ts.visitEachChild(root, visit, context)
    },
  ])

  function change(node, visited) {
    if (ts.isBinaryExpression(node)) {
      let whole = visited
      for (const operator of OTHER_OPERATORS.get(node.operatorToken.kind) ?? []) {
        const other = factory.createBinaryExpression(visited.left, operator, visited.right)
        whole = either(node, `${node.getText(file)} with ${ts.tokenToString(operator)}`, other, whole)
      }
      return whole
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      return either(node, `${node.getText(file)} without !`, visited.operand, visited)
    }
    if (ts.isIfStatement(node)) {
      const never = either(
        node.expression,
        `if (${node.expression.getText(file)}) never`,
        factory.createFalse(),
        visited.expression,
      )
      const always = either(
        node.expression,
        `if (${node.expression.getText(file)}) always`,
        factory.createTrue(),
        never,
      )
      return factory.updateIfStatement(visited, always, visited.thenStatement, visited.elseStatement)
    }
    if (ts.isConditionalExpression(node)) {
      const no = either(node, `${node.getText(file)}: second`, factory.createFalse(), visited.condition)
      const yes = either(node, `${node.getText(file)}: first`, factory.createTrue(), no)
      return factory.updateConditionalExpression(
        visited,
        yes,
        visited.questionToken,
        visited.whenTrue,
        visited.colonToken,
        visited.whenFalse,
      )
    }
    if (ts.isNumericLiteral(node) && isValue(node)) {
      return either(node, `${node.text} + 1`, factory.createNumericLiteral(Number(node.text) + 1), visited)
    }
    if ((node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) && isValue(node)) {
      const other = node.kind === ts.SyntaxKind.TrueKeyword ? factory.createFalse() : factory.createTrue()
      return either(node, `not ${node.getText(file)}`, other, visited)
    }
    if (ts.isExpressionStatement(node) && isAct(node.expression)) {
      const removed = note(node, `without ${node.getText(file)}`)
      const kept = factory.createLogicalNot(factory.createParenthesizedExpression(removed))
      // In a block, so that a following `else` keeps its `if`.
      return factory.createBlock([factory.createIfStatement(kept, visited)])
    }
    return visited
  }

  function isValue(node) {
    const { parent } = node
    return (
      !ts.isLiteralTypeNode(parent) && !ts.isPropertyAssignment(parent.parent ?? parent) && !ts.isEnumMember(parent)
    )
  }

  const text = ts.createPrinter().printFile(result.transformed[0])
  return { text, mutants }
}

/** Whether `condition` is true only on platforms without `Buffer`. */
function asksForBuffer(condition) {
  return condition.getText() === 'typeof Buffer === "undefined"'
}

function isAct(expression) {
  if (ts.isCallExpression(expression)) return expression.expression.kind !== ts.SyntaxKind.SuperKeyword
  return ts.isPostfixUnaryExpression(expression) || (ts.isBinaryExpression(expression) && isAssignment(expression))
}

function isAssignment({ operatorToken: { kind } }) {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
}

function isText(node) {
  return ts.isStringLiteral(node) || ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)
}

function isZmqError(node) {
  return ts.isCallExpression(node) && node.expression.getText() === "zmqError"
}
