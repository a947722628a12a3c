/** How the bench's own Redis is set: as an operator is told to set theirs. */
export const REDIS = ['--appendonly', 'yes', '--appendfsync', 'everysec'] as const
