// Stands in the bundles for dockerode's sessions with BuildKit (gRPC), which only serve logins: what a build needs is
// in the engine before. BuildKit builds without one.
module.exports = (docker, auth, handler) => handler(null, undefined, () => {});
