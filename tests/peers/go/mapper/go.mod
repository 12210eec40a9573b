module glint-gitops.example/peers/mapper

go 1.26.0

require github.com/itchyny/gojq v0.12.17

require github.com/itchyny/timefmt-go v0.1.6 // indirect
