// Writes `vendor/`, which the sources need to run without a build. npm runs it after `npm ci` and `npm install`.
import { fileURLToPath } from "node:url"
import { buildVendor } from "./build/vendor.mjs"

await buildVendor(fileURLToPath(new URL("..", import.meta.url)))
