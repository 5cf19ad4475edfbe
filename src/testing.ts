/**
 * Tools for tests: a proxy that simulates network failures, and a compliance suite for custom transports.
 *
 * @module zmtp/testing
 */

export { FaultProxy, type FaultProxyOptions } from "./testing/fault-proxy.js"
export type { Faults } from "./testing/faults.js"
export { transportCompliance, type ComplianceCase, type ComplianceOptions } from "./testing/compliance/compliance.js"
export type { SocketClasses } from "./testing/compliance/fixture.js"
