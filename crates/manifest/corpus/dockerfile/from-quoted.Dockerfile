FROM "alpine"
