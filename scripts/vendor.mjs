// Writes `vendor/`, so that the sources run without a build. npm runs this script (`dependencies`) after `npm ci` and
// `npm install` in this repository. `prepare` would do the same, but those who install the package from a file would be asked to allow
// it.
import { fileURLToPath } from "node:url"
import { buildVendor } from "./build/vendor.mjs"

await buildVendor(fileURLToPath(new URL("..", import.meta.url)))
