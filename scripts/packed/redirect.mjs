// Gives programs outside of `src` the packed library where they import an entry of it: see `packedEnvironment`.
import { register } from "node:module"

register("./resolve.mjs", import.meta.url, { data: process.env.ZMTP_PACKED })
