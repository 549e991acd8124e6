"""What ops start from: images, the compose file, the manifests. Checked without an engine."""
