// For `node --import`: makes loading the native package fail, as on a platform without a binary.
import { register } from "node:module"

const hooks = `export function resolve(specifier, context, next) {
  if (specifier === "zeromq") throw new Error("No native build was found")
  return next(specifier, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
