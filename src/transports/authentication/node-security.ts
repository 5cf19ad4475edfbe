import { loadSodium } from "../../security/sodium.js"
import { createConnectionSecurity } from "./connection-security.js"

/** Security of connections in Node, with libsodium. */
export const nodeSecurity = createConnectionSecurity(loadSodium)
