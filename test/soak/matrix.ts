// The matrix on a fresh database of each release, also of those that named versions have frozen.
process.env.SOAK_MATRIX = 'all'
await import('../platform/read-models/matrix.test.ts')
