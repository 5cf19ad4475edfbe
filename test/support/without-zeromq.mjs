// For `node --import`: loading the native package fails, as where it has no binary.
import { register } from "node:module"

const hooks = `export function resolve(specifier, context, next) {
  if (specifier === "zeromq") throw new Error("No native build was found")
  return next(specifier, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
