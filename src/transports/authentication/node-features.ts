import { loadSodium } from "../../security/sodium.js"
import { createConnectionFeatures } from "./connection-features.js"

/** Features of connections in Node, with libsodium. */
export const nodeFeatures = createConnectionFeatures(loadSodium)
