// Replaces imports of entries in `src` by the packed library, for programs outside of `src`: see `packedEnvironment`.
import { register } from "node:module"

register("./resolve.mjs", import.meta.url, { data: process.env.ZMTP_PACKED })
