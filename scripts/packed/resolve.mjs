const ENTRY = /\/src\/(index|draft|msgpack|testing|protocol|transport|v5-compat)\.[jt]s$/

let project

export function initialize(data) {
  project = data
}

export async function resolve(specifier, context, next) {
  const [, entry] = ENTRY.exec(new URL(specifier, context.parentURL ?? "file:///").pathname) ?? []
  if (entry === undefined || context.parentURL?.includes("/src/")) return next(specifier, context)
  return next(`${project}node_modules/zmtp/dist/node/${entry}.mjs`, context)
}
