// Writes `vendor/`, so that the sources run without a build. npm runs this script after `npm ci` and `npm install`.
import { fileURLToPath } from "node:url"
import { buildVendor } from "./build/vendor.mjs"

await buildVendor(fileURLToPath(new URL("..", import.meta.url)))
