import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn, Repository } from 'typeorm';

// The reference for start-up: the smallest Nest and TypeORM program that queries its database.

@Entity('skeleton')
class Bone {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text')
  name!: string;
}

@Controller('health')
class HealthController {
  constructor(@InjectRepository(Bone) private readonly bones: Repository<Bone>) {}

  @Get('ready')
  async ready(): Promise<{ bones: number }> {
    return { bones: await this.bones.count() };
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'] ?? '',
      entities: [Bone],
      synchronize: true,
    }),
    TypeOrmModule.forFeature([Bone]),
  ],
  controllers: [HealthController],
})
class SkeletonModule {}

const app = await NestFactory.create<NestFastifyApplication>(SkeletonModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(Number(process.env['PORT']), '127.0.0.1');
