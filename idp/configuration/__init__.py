"""Configuration as a file: read, compared with what is stored and with what was last applied, then applied.

Owns the file's form, the three-way comparison and the export. It knows neither SQL nor any protocol:
rows are behind `ports.ConfigurationStore`, a protocol's part of an application behind
`ports.ApplicationExtension`.
"""
