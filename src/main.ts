/** Placeholder until the command line exists: prints the version. */
process.stdout.write('lifeboot 0.1.0\n');
