FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /trailguard ./cmd/trailguard

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /trailguard /usr/local/bin/trailguard
ENTRYPOINT ["/usr/local/bin/trailguard"]
